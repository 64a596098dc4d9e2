package io.jdbcmq.torture;

import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.plant.Defect;
import io.jdbcmq.torture.site.OldLibrary;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a run is to do.
 *
 * @param folder for histories and logs
 * @param seconds how long jobs are sent
 * @param pauseMs mean pause of each thread of a producer between two acts, in milliseconds
 * @param everyMs mean pause between two strikes of faults, in milliseconds
 * @param faults which may strike
 * @param defect one that is built in
 * @param old a library that every second process uses
 */
record Plan(
    Path folder,
    long seed,
    int seconds,
    int pauseMs,
    int everyMs,
    List<Fault> faults,
    Optional<Defect> defect,
    Optional<OldLibrary> old) {
  Plan {
    faults = List.copyOf(faults);
  }

  /** Whether it is long enough, with all faults, for all that should be seen to be seen. */
  boolean isStrong() {
    return seconds >= 180 && faults.size() == Fault.values().length;
  }
}
