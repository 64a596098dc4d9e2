package io.jdbcmq.examples.fingerprint;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What happened, as the database has it. */
record Totals(Counts counts, Times times, List<RunnerTotals> runners) {

  /**
   * How many.
   *
   * @param files files that were recorded
   * @param bytes their sizes
   * @param results stored results
   * @param unreadable results that say why the file could not be read
   * @param missing files without a result
   * @param repeated results beyond the first one of their file
   * @param attempts attempts that the results took
   * @param tookOver results that took more than one attempt
   */
  record Counts(
      long files,
      long bytes,
      long results,
      long unreadable,
      long missing,
      long repeated,
      long attempts,
      long tookOver) {}

  /**
   * How long.
   *
   * @param elapsed from the first send to the last result
   * @param firstAttempts from the first send to the last result of a first attempt
   * @param p50 half of the jobs were started so soon after they were sent
   * @param p99 99 % of the jobs
   * @param longest all jobs
   */
  record Times(
      Duration elapsed, Duration firstAttempts, Duration p50, Duration p99, Duration longest) {}

  /**
   * What one process did.
   *
   * @param killed whether it was killed
   * @param results results that it stored
   * @param tookOver those that took more than one attempt
   */
  record RunnerTotals(String name, boolean killed, long results, long tookOver) {}

  private static final String TOTALS =
      """
      with outcome as (
        select
          result.stored_at,
          result.attempt,
          result.problem,
          extract(epoch from result.started_at - file.sent_at) as wait
        from jdbcmq_demo.results as result
        join jdbcmq_demo.files as file on file.id = result.file_id
      ),
      sent as (
        select count(*) as files, coalesce(sum(size), 0) as bytes, min(sent_at) as first_at
        from jdbcmq_demo.files
      ),
      stored as (
        select count(*) as results, count(distinct file_id) as distinct_files
        from jdbcmq_demo.results
      )
      select
        sent.files,
        sent.bytes,
        stored.results,
        stored.results - stored.distinct_files as repeated,
        (select count(*) from jdbcmq_demo.files as file
         where not exists (select from jdbcmq_demo.results where file_id = file.id)) as missing,
        count(outcome.problem) as unreadable,
        coalesce(sum(outcome.attempt), 0) as attempts,
        count(*) filter (where outcome.attempt > 1) as took_over,
        coalesce(extract(epoch from max(outcome.stored_at) - sent.first_at), 0) as elapsed,
        coalesce(extract(epoch from
          max(outcome.stored_at) filter (where outcome.attempt = 1) - sent.first_at), 0)
          as first_attempts,
        coalesce(percentile_cont(0.5) within group (order by outcome.wait), 0) as p50,
        coalesce(percentile_cont(0.99) within group (order by outcome.wait), 0) as p99,
        coalesce(max(outcome.wait), 0) as longest
      from sent
      cross join stored
      left join outcome on true
      group by sent.files, sent.bytes, sent.first_at, stored.results, stored.distinct_files
      """;

  private static final String RUNNERS =
      """
      select
        runner.name,
        runner.killed_at is not null as killed,
        count(result.file_id) as results,
        count(result.file_id) filter (where result.attempt > 1) as took_over
      from jdbcmq_demo.runners as runner
      left join jdbcmq_demo.results as result on result.runner = runner.name
      group by runner.name, runner.killed_at, runner.started_at
      order by runner.started_at
      """;

  static Totals read(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TOTALS);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return new Totals(counts(rows), times(rows), runners(connection));
    }
  }

  private static Counts counts(ResultSet rows) throws SQLException {
    return new Counts(
        rows.getLong("files"),
        rows.getLong("bytes"),
        rows.getLong("results"),
        rows.getLong("unreadable"),
        rows.getLong("missing"),
        rows.getLong("repeated"),
        rows.getLong("attempts"),
        rows.getLong("took_over"));
  }

  private static Times times(ResultSet rows) throws SQLException {
    return new Times(
        seconds(rows, "elapsed"),
        seconds(rows, "first_attempts"),
        seconds(rows, "p50"),
        seconds(rows, "p99"),
        seconds(rows, "longest"));
  }

  private static List<RunnerTotals> runners(Connection connection) throws SQLException {
    List<RunnerTotals> runners = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(RUNNERS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        runners.add(
            new RunnerTotals(
                rows.getString("name"),
                rows.getBoolean("killed"),
                rows.getLong("results"),
                rows.getLong("took_over")));
      }
    }
    return runners;
  }

  private static Duration seconds(ResultSet rows, String column) throws SQLException {
    return Duration.ofNanos(Math.round(rows.getDouble(column) * 1e9));
  }

  /** Whether each file has exactly one result. */
  boolean isRight() {
    return counts.files > 0
        && counts.results == counts.files
        && counts.missing == 0
        && counts.repeated == 0;
  }
}
