package io.jdbcmq.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Claims and completes with the SQL functions, one after the other on one connection, so that the
 * cost of each can be told apart. For one thread.
 */
final class SqlRunner implements AutoCloseable {
  private final Connection connection;
  private final PreparedStatement claim;
  private final PreparedStatement complete;
  private final long backend;
  private long nanos;
  private long cpuNanos;
  private int claims;

  SqlRunner(Stage stage, Jdbcmq queue) throws SQLException {
    UUID id = UUID.randomUUID();
    connection = stage.direct().getConnection();
    try (PreparedStatement register =
        connection.prepareStatement(
            "select "
                + queue.schema()
                + ".mq_register_runner_v1(?, 3600000, 0, 'bench', '', null),"
                + " pg_backend_pid()")) {
      register.setObject(1, id);
      try (ResultSet rows = register.executeQuery()) {
        rows.next();
        backend = rows.getLong(2);
      }
    }
    claim =
        connection.prepareStatement(
            "select * from " + queue.schema() + ".mq_claim_v1(?, array['orders'], '', ?, 0)");
    claim.setObject(1, id);
    complete = connection.prepareStatement("select " + queue.schema() + ".mq_complete_v1(?, ?, ?)");
  }

  /** Jobs that were claimed together. */
  record Claimed(long claimId, List<UUID> ids, List<Integer> tokens) {}

  /** Commits are not waited for from now on: for work that is not measured. */
  void hurry(boolean hurries) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set synchronous_commit = " + (hurries ? "off" : "on"));
    }
  }

  /** Claims up to so many jobs, and adds the time it took. */
  Claimed claim(int want) throws SQLException {
    claim.setInt(2, want);
    List<UUID> ids = new ArrayList<>(want);
    List<Integer> tokens = new ArrayList<>(want);
    long claimId;
    long cpu = Meter.nanos(backend);
    long start = System.nanoTime();
    try (ResultSet rows = claim.executeQuery()) {
      rows.next();
      claimId = rows.getLong("claim_id");
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
        tokens.add(rows.getInt(2));
      }
    }
    nanos += System.nanoTime() - start;
    cpuNanos += Meter.nanos(backend) - cpu;
    claims++;
    return new Claimed(claimId, ids, tokens);
  }

  /** Completes claimed jobs. */
  void complete(Claimed jobs) throws SQLException {
    complete.setArray(1, connection.createArrayOf("uuid", jobs.ids().toArray()));
    complete.setArray(2, connection.createArrayOf("int4", jobs.tokens().toArray()));
    complete.setArray(3, connection.createArrayOf("int8", new Long[] {jobs.claimId()}));
    try (ResultSet refused = complete.executeQuery()) {
      if (refused.next()) {
        throw new IllegalStateException("job " + refused.getString(1) + " was not completed");
      }
    }
  }

  /** Forgets the time that was added up. */
  void reset() {
    nanos = 0;
    cpuNanos = 0;
    claims = 0;
  }

  /** What the claims have cost, each counted as one; only time and CPU time of the server. */
  Usage claims() {
    return new Usage(claims, nanos, Usage.UNKNOWN, cpuNanos, Usage.UNKNOWN);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
