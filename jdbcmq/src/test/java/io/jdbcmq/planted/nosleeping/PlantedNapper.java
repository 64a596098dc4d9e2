package io.jdbcmq.planted.nosleeping;

import java.util.concurrent.TimeUnit;

/** Sleeps, in other words. */
public final class PlantedNapper {

  public void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(1);
  }
}
