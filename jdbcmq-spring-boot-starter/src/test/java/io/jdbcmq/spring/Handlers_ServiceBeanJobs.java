package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;

/** As the processor generates it. */
final class Handlers_ServiceBeanJobs {
  private Handlers_ServiceBeanJobs() {}

  static JobBindings bindings(Handlers.ServiceBean target) {
    return (registry, contexts) -> {
      registry.handle("serveLater", job -> target.serveLater());
    };
  }
}
