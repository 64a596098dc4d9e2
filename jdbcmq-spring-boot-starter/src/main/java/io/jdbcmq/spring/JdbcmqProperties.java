package io.jdbcmq.spring;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code jdbcmq.*}. What they say is checked when the application starts.
 *
 * @param enabled Whether there is a queue at all.
 * @param schema Schema of the queue's tables and functions: 1 to 41 lower-case letters, digits and
 *     underscores.
 * @param migrate Whether to create or update the schema when the application starts.
 * @param dataSource Name of the DataSource bean that has the queue. Otherwise the one marked
 *     with @JobDataSource, or the primary one.
 * @param transactionManager Name of the transaction manager bean that runs transactional handlers.
 *     Otherwise the one that manages the queue's DataSource.
 * @param transactions What calls of the queue without a connection do in a transaction of their
 *     thread.
 * @param direct Connections for heartbeat and notifications, past a pool or a pooler.
 * @param runner The runner of this application.
 */
@ConfigurationProperties("jdbcmq")
public record JdbcmqProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("jdbcmq") String schema,
    @DefaultValue("true") boolean migrate,
    @Nullable String dataSource,
    @Nullable String transactionManager,
    @DefaultValue("join") JoinMode transactions,
    @DefaultValue Direct direct,
    @DefaultValue Runner runner) {

  /**
   * The properties {@code jdbcmq.direct.*}.
   *
   * @param url JDBC URL of the same database, for the two connections that a runner keeps.
   *     Otherwise they come from the queue's DataSource, and stay with the runner.
   * @param username User for this URL, unless it is in the URL.
   * @param password Password of this user, unless it is in the URL.
   */
  public record Direct(@Nullable String url, @Nullable String username, @Nullable String password) {
    /** Leaves the password out. */
    @Override
    public String toString() {
      return "Direct[username=" + username + "]";
    }
  }

  /**
   * The properties {@code jdbcmq.runner.*}.
   *
   * @param enabled Whether this application runs jobs. Otherwise it only sends them.
   * @param channels Names of the channel groups whose jobs it runs. Otherwise those of all.
   * @param concurrency How many jobs run at once.
   * @param lease Time without a heartbeat after which the runner is taken for lost, and its jobs
   *     run elsewhere: 1 second to 1 hour.
   * @param pollInterval Longest time between two looks for work while the runner is idle: 10 ms to
   *     1 hour.
   * @param pollOnly Whether to do without LISTEN and NOTIFY, behind a pooler in transaction mode
   *     for example.
   * @param keepAlive Whether the runner keeps its jobs alive. Otherwise each handler has to do so.
   * @param shutdownTimeout Time that handlers have to end when the application stops, before they
   *     are interrupted: up to 1 day. Should be shorter than
   *     spring.lifecycle.timeout-per-shutdown-phase.
   */
  public record Runner(
      @DefaultValue("true") boolean enabled,
      @DefaultValue List<String> channels,
      @DefaultValue Concurrency concurrency,
      @DefaultValue("15s") Duration lease,
      @DefaultValue("1s") Duration pollInterval,
      @DefaultValue("false") boolean pollOnly,
      @DefaultValue("true") boolean keepAlive,
      @DefaultValue("20s") Duration shutdownTimeout) {}

  /**
   * The properties {@code jdbcmq.runner.concurrency.*}.
   *
   * @param min Work is fetched while fewer jobs than this run. Otherwise 10, or max if that is
   *     less.
   * @param max Most jobs that run at once, up to 10,000. Otherwise 20, or min if that is more.
   */
  public record Concurrency(@Nullable Integer min, @Nullable Integer max) {
    private static final int MIN = 10;
    private static final int MAX = 20;

    int minOrDefault() {
      return min != null ? min : max == null ? MIN : Math.min(MIN, max);
    }

    int maxOrDefault() {
      return max != null ? max : min == null ? MAX : Math.max(MAX, min);
    }
  }
}
