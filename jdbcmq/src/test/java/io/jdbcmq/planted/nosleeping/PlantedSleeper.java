package io.jdbcmq.planted.nosleeping;

/** Sleeps instead of waiting for a signal. */
public final class PlantedSleeper {

  public void pause() throws InterruptedException {
    Thread.sleep(1);
  }
}
