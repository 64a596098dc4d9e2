package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;

/** As the processor generates it. */
final class Handlers_ProxiedJobs {
  private Handlers_ProxiedJobs() {}

  static JobBindings bindings(Handlers.Proxied target) {
    return (registry, contexts) -> {
      Handlers.Log log = contexts.get(Handlers.Log.class, "job proxied (Proxied.proxied)");
      registry.handle("proxied", job -> target.proxied(log));
    };
  }
}
