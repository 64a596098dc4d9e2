package io.jdbcmq.planted.noclientclock.allowed;

import java.time.Clock;

/** The one class that may, by its name. */
public final class UuidV7 {

  public long millis() {
    return Clock.systemUTC().millis();
  }
}
