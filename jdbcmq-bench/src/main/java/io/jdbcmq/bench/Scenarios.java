package io.jdbcmq.bench;

import java.util.List;

/** The scenarios of jdbcmq alone. */
final class Scenarios {
  private static final List<Scenario> ALL =
      List.of(
          new FairChannels(),
          new ManyOrdered(),
          new OneOrdered(),
          new UniqueKeys(),
          new Checkpoints(),
          new Handlers(),
          new PayloadSizes(),
          new HeldSnapshot(),
          new WakeUp(),
          new Waits());

  private Scenarios() {}

  static List<Scenario> all() {
    return ALL;
  }
}
