package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.torture.check.Violation.Promise;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Sends jobs to a channel group of its own, and claims them: channels take turns, a pause stops
 * them until it is over, and clearing leaves nothing. Changes nothing: all of it is rolled back,
 * and nobody else has seen it.
 */
final class OwnChannels {
  private static final String NAME = "probe";
  private static final String LONG = "long";
  private static final List<String> SHORT = List.of("short-1", "short-2", "short-3");
  private static final int BACKLOG = 30;

  /** Others may be claimed before the next job of a channel: two for each channel. */
  private static final int BOUND = 2 * (1 + SHORT.size());

  private OwnChannels() {}

  /** Tries it once, in the transaction of the connection, which is to be rolled back. */
  static void probe(JobQueue queue, Connection connection, BiConsumer<Promise, String> findings)
      throws SQLException {
    UUID runner = register(connection);
    send(queue, connection);
    probeTurns(connection, runner, what -> findings.accept(Promise.FAIRNESS, what));
    probePause(queue, connection, runner, what -> findings.accept(Promise.PAUSE, what));
    probeClear(queue, connection, what -> findings.accept(Promise.CANCELLATION, what));
  }

  /** Two jobs in each short channel, in a list with the backlog and one by one. */
  private static void send(JobQueue queue, Connection connection) {
    List<JobRequest> list = new ArrayList<>(Collections.nCopies(BACKLOG, to(LONG)));
    list.add(to(SHORT.get(0)));
    list.add(to(SHORT.get(0)));
    list.add(to(SHORT.get(1)));
    queue.send(connection, list);
    queue.send(connection, to(SHORT.get(1)));
    queue.send(connection, to(SHORT.get(2)));
    queue.send(connection, to(SHORT.get(2)));
  }

  private static JobRequest to(String channel) {
    return JobRequest.of(NAME).channel(NAME, channel);
  }

  private static void probeTurns(Connection connection, UUID runner, Consumer<String> findings)
      throws SQLException {
    List<String> claimed = new ArrayList<>();
    for (int turn = 1; turn <= 2; turn++) {
      claimed.addAll(claim(connection, runner));
      for (String channel : SHORT) {
        if (Collections.frequency(claimed, channel) < turn) {
          findings.accept(
              "%s has not had %d turns among the first %d jobs: %s"
                  .formatted(channel, turn, claimed.size(), claimed));
        }
      }
    }
  }

  private static void probePause(
      JobQueue queue, Connection connection, UUID runner, Consumer<String> findings)
      throws SQLException {
    queue.channels().pause(connection, NAME);
    List<String> claimed = claim(connection, runner);
    if (!claimed.isEmpty()) {
      findings.accept("jobs of a paused channel group were claimed: " + claimed);
    }
    queue.channels().resume(connection, NAME);
    if (claim(connection, runner).isEmpty()) {
      findings.accept("no job of a channel group that was resumed was claimed");
    }
  }

  private static void probeClear(JobQueue queue, Connection connection, Consumer<String> findings)
      throws SQLException {
    long cleared = queue.clear(connection, List.of(NAME));
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select count(*) from (
              select from jdbcmq.mq_jobs where channel_name = ? union all
              select from jdbcmq.mq_ready where channel_name = ?) as jobs
            """)) {
      statement.setString(1, NAME);
      statement.setString(2, NAME);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        if (cleared != BACKLOG + 2L * SHORT.size() || rows.getLong(1) > 0) {
          findings.accept("%d jobs were cleared, %d left".formatted(cleared, rows.getLong(1)));
        }
      }
    }
  }

  private static UUID register(Connection connection) throws SQLException {
    UUID runner = UUID.randomUUID();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select jdbcmq.mq_register_runner_v1(?, 60000, 0, 'probe', 'probe', array['probe'])")) {
      statement.setObject(1, runner);
      statement.execute();
    }
    return runner;
  }

  /** The channels of the jobs that a runner gets, in order: one more than the bound. */
  private static List<String> claim(Connection connection, UUID runner) throws SQLException {
    List<String> channels = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select channel_args from jdbcmq.mq_claim_v1(?, array['probe'], '', ?, 0)
            where id is not null
            """)) {
      statement.setObject(1, runner);
      statement.setInt(2, BOUND + 1);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          channels.add(rows.getString(1));
        }
      }
    }
    return channels;
  }
}
