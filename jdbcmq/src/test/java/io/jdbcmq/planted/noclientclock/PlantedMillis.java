package io.jdbcmq.planted.noclientclock;

/** Asks the clock of this machine. */
public final class PlantedMillis {

  public long now() {
    return System.currentTimeMillis();
  }
}
