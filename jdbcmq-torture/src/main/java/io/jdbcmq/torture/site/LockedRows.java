package io.jdbcmq.torture.site;

import io.jdbcmq.torture.check.Violation.Promise;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Locks a few ready jobs in one session and claims in another one, which has to pass by them.
 * Changes nothing: both are rolled back.
 */
final class LockedRows {
  private static final String LOCKED = "55P03";

  private LockedRows() {}

  /** Tries it once, in the transaction of the one that claims, which is to be rolled back. */
  static void probe(Site site, Connection claiming, BiConsumer<Promise, String> findings)
      throws SQLException {
    try (Connection locking = site.connect();
        Statement lock = locking.createStatement();
        Statement claim = claiming.createStatement()) {
      locking.setAutoCommit(false);
      lock.execute(
          "select from jdbcmq.mq_ready order by channel_name, priority, round, seq limit 3"
              + " for update skip locked");
      UUID runner = UUID.randomUUID();
      claim.execute("set local lock_timeout = '500ms'");
      claim.execute(
          "select jdbcmq.mq_register_runner_v1('%s', 60000, 0, 'probe', 'probe', null)"
              .formatted(runner));
      claim.execute("select jdbcmq.mq_claim_v1('%s', null, '', 10, 0)".formatted(runner));
      locking.rollback();
    } catch (SQLException e) {
      if (!LOCKED.equals(e.getSQLState())) {
        throw e;
      }
      findings.accept(Promise.LIVENESS, "a claim waits for a job that another session has locked");
    }
  }
}
