package io.jdbcmq.testing;

import static java.util.stream.Collectors.joining;

import io.jdbcmq.job.LeaseLostException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Jobs of one ordered channel, known by their names, and what one can do to them in SQL. Calls
 * without a connection prepare them, on that of the test.
 */
public final class OrderedJobs {
  private Connection connection;
  private UUID runner = new UUID(0, 1);
  private boolean blocking;

  /** Fresh ones, prepared on this connection. */
  public OrderedJobs with(Connection connection) throws SQLException {
    OrderedJobs fresh = new OrderedJobs();
    fresh.connection = connection;
    fresh.runner = UUID.randomUUID();
    query(connection, "select mq_register_runner_v1(?, 86400000, 1, 'h', 'v', null)", fresh.runner);
    return fresh;
  }

  /** Jobs sent from now on hold the channel when they die. */
  public OrderedJobs blocking() {
    blocking = true;
    return this;
  }

  public OrderedJobs send(String... names) throws SQLException {
    send(connection, names);
    return this;
  }

  /** Sends jobs in one list. */
  public String send(Connection connection, String... names) throws SQLException {
    return query(
        connection,
        """
        select mq_send_v1(
          array_agg(gen_random_uuid()), false, array_agg('orders'::text), array_agg('42'::text),
          array_agg(name order by position), array_agg(0::smallint), array_agg(1::smallint),
          array_agg(0), null, null, null, null, null, null, array_agg(true), array_agg(?::boolean),
          null, null, null, null)
        from unnest(?) with ordinality as job (name, position)
        """,
        blocking,
        connection.createArrayOf("text", names));
  }

  public OrderedJobs reserve(String name) throws SQLException {
    query(
        connection,
        "select mq_send(?, null, 'orders', '42', p_ordered => true, p_reserve => '1 hour')::text",
        name);
    return this;
  }

  /** Brings the end of a reservation about. */
  public OrderedJobs end(String name) throws SQLException {
    query(
        connection,
        """
        with job as (
          update mq_jobs set reserved_until = mq_now() where job_name = ? returning id
        )
        update mq_delayed set run_at = mq_now() from job where job_id = job.id returning null
        """,
        name);
    return this;
  }

  public OrderedJobs claim() throws SQLException {
    claim(connection);
    return this;
  }

  /** Claims what can run now; returns the names. */
  public String claim(Connection connection) throws SQLException {
    return query(
        connection,
        "select job_name from mq_claim_v1(?, array['orders'], '', 10, 0) where id is not null",
        runner);
  }

  /** Ends the runner's lease. */
  public OrderedJobs lose() throws SQLException {
    query(
        connection,
        "update mq_runners set lease_ends_at = mq_now() - interval '1 hour' where id = ? returning null",
        runner);
    return this;
  }

  public String rescue(Connection connection) throws SQLException {
    return query(connection, "select null from mq_rescue_v1(10)");
  }

  /** Completes the run that a job had when all this began. */
  public String complete(Connection connection, String name) throws SQLException {
    try {
      return query(
          connection,
          """
          select mq_complete_or_raise_v1(coalesce(id, gen_random_uuid()), 1)::text
          from (values (?)) as wanted (name)
          left join mq_jobs on job_name = wanted.name
          """,
          name);
    } catch (SQLException e) {
      if ("MQ001".equals(e.getSQLState())) {
        throw new LeaseLostException(new UUID(0, 0), "completing");
      }
      throw e;
    }
  }

  public OrderedJobs die(String name) throws SQLException {
    die(connection, name);
    return this;
  }

  /** Fails a run for good. */
  public String die(Connection connection, String name) throws SQLException {
    return query(
        connection,
        """
        select ?::text from mq_fail_v1(
          array(select id from mq_jobs where job_name = ?), array[1], array['dead'], array[true],
          null)
        """,
        name,
        name);
  }

  /** Cancels a job; returns its name and whether it was running. */
  public String cancel(Connection connection, String name) throws SQLException {
    return query(
        connection,
        """
        select ? || case when was_running then ' running' else ' waiting' end
        from mq_cancel_v1(array(select id from mq_jobs where job_name = ?))
        """,
        name,
        name);
  }

  public String clear(Connection connection) throws SQLException {
    return query(connection, "select mq_clear_v1(array['orders'])::text");
  }

  public String discard(Connection connection, String name) throws SQLException {
    return query(
        connection,
        "select null from mq_discard_v1(array(select id from mq_dead where job_name = ?))",
        name);
  }

  public String redrive(Connection connection, String name) throws SQLException {
    return query(
        connection,
        "select null from mq_redrive_v1(array(select id from mq_dead where job_name = ?))",
        name);
  }

  public String unblock(Connection connection) throws SQLException {
    return query(connection, "select null from mq_unblock_v1('orders', '42')");
  }

  /** Commits a reservation; returns the name if it was in time. */
  public String commit(Connection connection, String name) throws SQLException {
    return query(
        connection,
        "select ?::text from mq_commit_v1(array(select id from mq_jobs where job_name = ?))",
        name,
        name);
  }

  /** Extends a reservation by a day; returns the name if it was in time. */
  public String extend(Connection connection, String name) throws SQLException {
    return query(
        connection,
        """
        select ?::text
        from (select mq_extend_v1(id, 86400000) as extended from mq_jobs where job_name = ?) as tried
        where extended
        """,
        name,
        name);
  }

  /** Takes the snapshot of the transaction. */
  public String look(Connection connection) throws SQLException {
    return query(connection, "select null from mq_jobs");
  }

  /** Runs all that is left, whatever time it would take, and returns the names in their order. */
  public static String drain(Connection connection, OrderedJobs jobs) throws SQLException {
    UUID runner = UUID.randomUUID();
    query(connection, "select mq_register_runner_v1(?, 86400000, 1, 'h', 'v', null)", runner);
    List<String> order = new ArrayList<>();
    int idle = 0;
    while (idle < 3) {
      query(
          connection,
          """
          update mq_delayed
          set run_at = mq_now()
          from mq_jobs as job
          where job.id = job_id and coalesce(job.reserved_until, '-infinity') <= mq_now()
          returning null
          """);
      query(connection, "select null from mq_claim_v1(?, array['orders'], '', 10, 0)", runner);
      String done =
          query(
              connection,
              """
              select job.job_name || coalesce(mq_complete_or_raise_v1(job.id, job.token)::text, '')
              from mq_claims as claim
              cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
              join mq_jobs as job on job.id = run.id and job.token = run.token
              """);
      if (done.isEmpty()) {
        idle++;
      } else {
        order.addAll(Arrays.asList(done.split(" ")));
      }
    }
    return String.join(" ", order);
  }

  private static String query(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<String> values = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          values.add(rows.getString(1));
        }
      }
      return values.stream()
          .filter(value -> value != null && !value.isEmpty())
          .collect(joining(" "));
    }
  }
}
