package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;

/** As the processor generates it. */
final class Handlers_SlowJobs {
  private Handlers_SlowJobs() {}

  static JobBindings bindings(Handlers.Slow target) {
    return (registry, contexts) -> {
      registry.handle("slow", job -> target.slow());
    };
  }
}
