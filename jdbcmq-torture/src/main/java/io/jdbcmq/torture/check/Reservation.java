package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.check.Facts.Operation;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import java.util.List;
import java.util.Optional;

/**
 * When the reservation of a job ends, as far as its producer can know: the server sets the end at
 * some moment between a call and its answer.
 *
 * @param earliestNanos until then it is certainly there
 * @param latestNanos from then on it is certainly over
 */
record Reservation(long earliestNanos, long latestNanos) {
  /** Of a reserved job; empty if nothing is certain. */
  static Optional<Reservation> of(Job job) {
    List<Operation> extensions = job.managed(Act.EXTEND).toList();
    if (extensions.isEmpty()) {
      return by(job.sending, job.sent.delayMs());
    }
    Operation last = extensions.get(extensions.size() - 1);
    return by(last, ((Event.Managing) last.begun()).forMs());
  }

  private static Optional<Reservation> by(Operation operation, long milliseconds) {
    if (operation.result() != Result.OK) {
      return Optional.empty();
    }
    long nanos = milliseconds * 1_000_000;
    return Optional.of(
        new Reservation(operation.begun().nanos() + nanos, operation.endNanos() + nanos));
  }
}
