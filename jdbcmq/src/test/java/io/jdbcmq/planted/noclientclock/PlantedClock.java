package io.jdbcmq.planted.noclientclock;

import java.time.Clock;

/** Asks the clock of this machine in a roundabout way. */
public final class PlantedClock {

  public long now() {
    return Clock.systemUTC().millis();
  }
}
