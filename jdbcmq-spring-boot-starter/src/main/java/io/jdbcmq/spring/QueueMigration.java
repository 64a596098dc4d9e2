package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the schema of a queue up to date, once. */
final class QueueMigration {
  private static final Logger LOG = LoggerFactory.getLogger(QueueMigration.class);

  private final boolean enabled;
  private boolean done; // guarded by this

  QueueMigration(boolean enabled) {
    this.enabled = enabled;
  }

  /** Migrates, unless that is switched off or done. */
  synchronized void migrate(JobQueue queue) {
    if (!enabled || done) {
      return;
    }
    List<String> migrations = queue.migrate();
    done = true;
    if (!migrations.isEmpty()) {
      LOG.info("schema of the job queue is up to date: ran {}", migrations);
    }
  }
}
