package io.jdbcmq;

import io.jdbcmq.internal.runner.Handlers;
import io.jdbcmq.internal.runner.KitAccess;
import io.jdbcmq.internal.runner.KitAccess.QueueParts;

/** Opens queues and registries for jdbcmq's own test kit. */
final class KitKeys implements KitAccess.Keys {
  @Override
  public QueueParts parts(Object queue) {
    JobQueue opened = (JobQueue) queue;
    return new QueueParts(opened.dataSource(), opened.schema(), opened.codec(), opened.events());
  }

  @Override
  public Handlers handlers(Object queue, Object registry) {
    return ((JobRegistry) registry).handlersFor((JobQueue) queue);
  }
}
