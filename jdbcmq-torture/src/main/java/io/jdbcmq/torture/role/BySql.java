package io.jdbcmq.torture.role;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** Sends as a program does that knows SQL and nothing else. */
final class BySql {
  private static final String SEND =
      """
      select jdbcmq.mq_send(
        p_job_name => ?, p_payload => ?::json, p_channel_name => ?, p_channel_args => ?,
        p_bytes => ?, p_id => ?, p_priority => ?, p_retries => ?,
        p_backoff => ? * interval '1 ms', p_max_backoff => ? * interval '1 ms', p_jitter => ?,
        p_timeout => ? * interval '1 ms', p_delay => ? * interval '1 ms',
        p_ordered => ?, p_blocks => ?, p_unique_key => ?, p_headers => ?::jsonb)
      """;

  private BySql() {}

  /** Sends a job in the connection's transaction. */
  static void send(Connection connection, JobRequest request) throws SQLException {
    RetryPolicy retry = request.retryPolicy();
    try (PreparedStatement statement = connection.prepareStatement(SEND)) {
      int at = 0;
      statement.setString(++at, request.jobName());
      statement.setString(++at, request.json().orElse(null));
      statement.setString(++at, request.channel().name());
      statement.setString(++at, request.channel().args());
      statement.setBytes(++at, request.bytes().orElse(null));
      statement.setObject(++at, request.id().orElse(null), Types.OTHER);
      statement.setInt(++at, request.priority());
      statement.setInt(++at, retry.retries());
      statement.setLong(++at, retry.backoff().toMillis());
      statement.setLong(++at, retry.maxBackoff().toMillis());
      statement.setDouble(++at, retry.jitter());
      setMillis(statement, ++at, request.timeout());
      setMillis(statement, ++at, Optional.of(request.delay()));
      statement.setBoolean(++at, request.onDeath().isPresent());
      statement.setBoolean(++at, request.onDeath().equals(Optional.of(OnDeath.BLOCK)));
      statement.setString(++at, request.uniqueKey().orElse(null));
      statement.setString(++at, JsonMapper.shared().writeValueAsString(request.headers()));
      statement.execute();
    }
  }

  private static void setMillis(PreparedStatement statement, int at, Optional<Duration> duration)
      throws SQLException {
    statement.setObject(at, duration.map(Duration::toMillis).orElse(null), Types.BIGINT);
  }
}
