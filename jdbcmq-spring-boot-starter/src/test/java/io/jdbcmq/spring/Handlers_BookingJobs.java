package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;
import io.jdbcmq.job.JobType;

/** As the processor generates it. */
final class Handlers_BookingJobs {
  private Handlers_BookingJobs() {}

  static final JobType<Handlers.Note> BOOK = JobType.of("book", Handlers.Note.class);

  static JobBindings bindings(Handlers.Booking target) {
    return (registry, contexts) -> {
      registry.handleInTransaction(BOOK, (job, connection, payload) -> target.book(job, payload));
    };
  }
}
