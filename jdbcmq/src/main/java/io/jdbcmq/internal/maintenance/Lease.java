package io.jdbcmq.internal.maintenance;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A runner's right to its claims, as the runner itself sees it: shorter than what the database
 * sees, because it is counted from before each renewal was asked for, by a clock that cannot jump.
 */
final class Lease {
  private final UUID runnerId;
  private final long lengthNanos;
  private final AtomicBoolean lost = new AtomicBoolean();
  private volatile long endsAtNanos;

  /** A lease that was asked for at this time. */
  Lease(UUID runnerId, Duration length, long askedAtNanos) {
    this.runnerId = runnerId;
    // A tenth is left for handlers to notice their interrupt before the job may run elsewhere.
    this.lengthNanos = length.toNanos() / 10 * 9;
    renewed(askedAtNanos);
  }

  UUID runnerId() {
    return runnerId;
  }

  void renewed(long askedAtNanos) {
    endsAtNanos = askedAtNanos + lengthNanos;
  }

  Duration remaining(long nowNanos) {
    return Duration.ofNanos(endsAtNanos - nowNanos);
  }

  /** Notes the loss; true for the first one who does. */
  boolean lose() {
    return lost.compareAndSet(false, true);
  }

  boolean isLost() {
    return lost.get();
  }
}
