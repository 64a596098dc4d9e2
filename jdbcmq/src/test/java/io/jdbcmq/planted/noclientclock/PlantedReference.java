package io.jdbcmq.planted.noclientclock;

import java.time.Instant;
import java.util.function.Supplier;

/** Hands the clock of this machine on. */
public final class PlantedReference {

  public Supplier<Instant> now() {
    return Instant::now;
  }
}
