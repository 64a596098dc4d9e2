package io.jdbcmq.torture.fault;

import io.jdbcmq.torture.site.Site;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Changes the schema under load as a careful person does: one table at a time, rather again than in
 * everybody's way.
 */
final class Operator implements AutoCloseable {
  /** A lock that was not there in time; the victim of a deadlock. */
  private static final Set<String> PASSING = Set.of("55P03", "40P01");

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** What a migration of a later version may do, each in a transaction of its own. */
  private static final List<String> ON =
      List.of(
          "alter table mq_jobs add column if not exists later int not null default 1",
          """
          create or replace function mq_claim_v2(p_runner_id uuid, p_want int)
            returns table (claim_id bigint, id uuid, token int, later int)
            language plpgsql
          as $$
          #variable_conflict use_column
          begin
            return query
              select claimed.claim_id, claimed.id, claimed.token, job.later
              from mq_claim_v1(p_runner_id, null, '', p_want, 0) as claimed
              left join mq_jobs as job on job.id = claimed.id;
          end
          $$;
          do $$
          declare
            v_version int := (select max(version) + 1 from mq_migrations);
          begin
            call mq_finish_migration(v_version, 'later');
          end
          $$;
          """);

  private static final List<String> BACK =
      List.of(
          """
          drop function if exists mq_claim_v2;
          delete from mq_migrations where name = 'later';
          """,
          "alter table mq_jobs drop column if exists later");

  private final Connection connection;
  private final long end = System.nanoTime() + PATIENCE.toNanos();

  Operator(Site site) throws SQLException {
    connection = site.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set search_path = jdbcmq, pg_temp");
    }
  }

  /** To a schema that is newer than what the library knows. */
  void migrateOn() throws SQLException, InterruptedException {
    for (String change : ON) {
      change(change);
    }
    // One that was not finished stays there, and is not valid.
    execute(
        "drop index concurrently if exists mq_jobs_later",
        "create index concurrently mq_jobs_later on mq_jobs (later) where later > 1");
  }

  /** To what the library knows. */
  void migrateBack() throws SQLException, InterruptedException {
    execute("drop index concurrently if exists mq_jobs_later");
    for (String change : BACK) {
      change(change);
    }
  }

  /** Locks out others: gives up soon, and a little later each time that it tries again. */
  private void change(String sql) throws SQLException, InterruptedException {
    int patienceMs = 0;
    do {
      patienceMs = Math.min(patienceMs + 200, 5_000);
    } while (!isDone("set lock_timeout = " + patienceMs, sql, "set lock_timeout = 0"));
  }

  /** Executes statements, which may wait for others; all of them again if that does not work. */
  void execute(String... statements) throws SQLException, InterruptedException {
    while (!isDone(statements)) {
      // once more
    }
  }

  private boolean isDone(String... statements) throws SQLException, InterruptedException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
      return true;
    } catch (SQLException e) {
      if (!PASSING.contains(e.getSQLState()) || System.nanoTime() > end) {
        throw e;
      }
      Thread.sleep(100);
      return false;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
