package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import io.jdbcmq.internal.runner.KitAccess;
import io.jdbcmq.internal.runner.KitAccess.QueueParts;
import io.jdbcmq.internal.sql.SqlErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import javax.sql.DataSource;

/**
 * The clock of a queue, which a test can move: delays, backoffs, snoozes and reservations obey it.
 * It runs on from where it is put, and is right again when the next test begins.
 *
 * <p>Only for queues in a schema that {@link JobQueueExtension} has made: nowhere else can the
 * clock be moved. The leases of live runners move along, so that they do not lose their jobs, and
 * idle runners are told to look for work. Timeouts of handlers are measured by another clock.
 *
 * <p>Thread-safe. Each method blocks for a transaction of its own; errors of the database are
 * {@link io.jdbcmq.job.StorageException}.
 */
public final class TestClock {
  private static final Duration FARTHEST = Duration.ofDays(36_500);
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private final DataSource dataSource;
  private final String schema;

  private TestClock(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  static TestClock of(JobQueue queue) {
    QueueParts parts = KitAccess.keys().parts(queue);
    return new TestClock(parts.dataSource(), parts.schema().name());
  }

  /** The time that the queue goes by, also where the clock cannot be moved. */
  public Instant now() {
    return transaction("reading the clock", this::now);
  }

  /**
   * Moves the clock on.
   *
   * @param time 0 to 36,500 days, in whole microseconds
   * @throws IllegalStateException if the schema is not one of the test kit's
   */
  public void advance(Duration time) {
    if (time.isNegative() || time.compareTo(FARTHEST) > 0) {
      throw new IllegalArgumentException(
          "the clock can be advanced by PT0S to %s but was to be by %s: use set(…) to put it back"
              .formatted(FARTHEST, time));
    }
    move(
        "advancing the clock",
        "ahead_us + ?",
        statement -> statement.setLong(1, micros(time)),
        false);
  }

  /**
   * Puts the clock to a moment. It can be put back only while no runner is live: to a runner time
   * does not run backwards.
   *
   * @param moment 1970 to 9999
   * @throws IllegalStateException if the schema is not one of the test kit's, or the clock would go
   *     back under a live runner
   */
  public void set(Instant moment) {
    if (moment.isBefore(Instant.EPOCH) || moment.isAfter(LATEST)) {
      throw new IllegalArgumentException(
          "the clock can be set to %s to %s but was to be set to %s"
              .formatted(Instant.EPOCH, LATEST, moment));
    }
    move(
        "setting the clock",
        "round(extract(epoch from ? - clock_timestamp()) * 1000000)::bigint",
        statement -> statement.setObject(1, moment.atOffset(ZoneOffset.UTC)),
        false);
  }

  /** Puts the clock right, whoever is live. */
  void reset() {
    move("putting the clock right", "0 * ?", statement -> statement.setLong(1, 0), true);
  }

  /** Makes the clock of a schema movable. For schemas of the kit only. */
  static void install(Connection connection, String schema) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create table "%1$s".mq_test_clock (ahead_us bigint not null);
          comment on table "%1$s".mq_test_clock is 'How far the test kit has moved the clock, in microseconds.';
          insert into "%1$s".mq_test_clock (ahead_us) values (0);
          create or replace function "%1$s".mq_now() returns timestamptz language sql volatile as
          'select pg_catalog.clock_timestamp()
             + (select clock.ahead_us from "%1$s".mq_test_clock as clock) * interval ''1 microsecond''';
          """
              .formatted(schema));
    }
  }

  private void move(String tried, String aheadUs, Binder binder, boolean evenBack) {
    transaction(
        tried,
        connection -> {
          requireMovable(connection);
          boolean live = hasLiveRunner(connection);
          long before =
              ahead(connection, "select ahead_us from \"%s\".mq_test_clock for update", s -> {});
          long after =
              ahead(
                  connection,
                  "update \"%s\".mq_test_clock set ahead_us = " + aheadUs + " returning ahead_us",
                  binder);
          if (live && after < before && !evenBack) {
            throw new IllegalStateException(
                "the clock cannot be put back while a runner is live: close it first, or only move the clock on");
          }
          follow(connection, after - before);
          return true;
        });
  }

  /**
   * A lease or a wish that would have ended later than now by the old clock does by the new one.
   */
  private void follow(Connection connection, long movedUs) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          update "%1$s".mq_runners set lease_ends_at = lease_ends_at + %2$d * interval '1 microsecond';
          update "%1$s".mq_groups set hungry_until = hungry_until + %2$d * interval '1 microsecond'
            where hungry_until is not null;
          select pg_notify("%1$s".mq_topic(), md5(idle.channel_name))
          from "%1$s".mq_groups as idle
          where idle.hungry_until is not null;
          """
              .formatted(schema, movedUs));
    }
  }

  private void requireMovable(Connection connection) throws SQLException {
    boolean movable =
        ask(
            connection,
            "select to_regclass('\"%s\".mq_test_clock') is not null",
            s -> {},
            rows -> rows.getBoolean(1));
    if (!movable) {
      throw new IllegalStateException(
          "the clock of schema %s cannot be moved, because the test kit has not made that schema: use the queue of a JobQueueExtension, or build yours on its data source and schema"
              .formatted(schema));
    }
  }

  private boolean hasLiveRunner(Connection connection) throws SQLException {
    return ask(
        connection,
        "select exists (select from \"%1$s\".mq_runners where lease_ends_at > \"%1$s\".mq_now())",
        s -> {},
        rows -> rows.getBoolean(1));
  }

  private Instant now(Connection connection) throws SQLException {
    return ask(
        connection,
        "select \"%s\".mq_now()",
        s -> {},
        rows -> rows.getObject(1, OffsetDateTime.class).toInstant());
  }

  private long ahead(Connection connection, String sql, Binder binder) throws SQLException {
    return ask(connection, sql, binder, rows -> rows.getLong(1));
  }

  private <T> T ask(Connection connection, String sql, Binder binder, Reader<T> reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.formatted(schema))) {
      binder.bind(statement);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return reader.read(rows);
      }
    }
  }

  private <T> T transaction(String tried, Work<T> work) {
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        T result = work.run(connection);
        connection.commit();
        return result;
      } finally {
        connection.rollback(); // does nothing after a commit
        connection.setAutoCommit(autoCommit);
      }
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    }
  }

  private static long micros(Duration time) {
    return Math.addExact(Math.multiplyExact(time.getSeconds(), 1_000_000L), time.getNano() / 1000);
  }

  @FunctionalInterface
  private interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  @FunctionalInterface
  private interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  @FunctionalInterface
  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }
}
