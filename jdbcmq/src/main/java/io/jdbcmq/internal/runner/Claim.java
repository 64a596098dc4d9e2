package io.jdbcmq.internal.runner;

import java.util.UUID;

/**
 * A claim of this runner: its row in the database can go with the last run that is settled. The
 * count is for the thread of the completer.
 */
final class Claim {
  private final long id;
  private final UUID runnerId;
  private int unsettled;

  Claim(long id, UUID runnerId, int runs) {
    this.id = id;
    this.runnerId = runnerId;
    this.unsettled = runs;
  }

  long id() {
    return id;
  }

  UUID runnerId() {
    return runnerId;
  }

  boolean wouldEndWith(int runs) {
    return unsettled == runs;
  }

  /** A run of it was settled; true if it was the last. */
  boolean settled() {
    return --unsettled == 0;
  }
}
