package io.jdbcmq.planted.noclientclock;

import java.util.Date;

/** Asks the clock of this machine the old way. */
public final class PlantedDate {

  @SuppressWarnings("JavaUtilDate")
  public long now() {
    return new Date().getTime();
  }
}
