package io.jdbcmq.torture.plant;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/** A defect in a function of the schema: a part of its text that is replaced. */
public enum Plant {
  /** A completion that is refused is not told so: what the handler wrote is committed twice. */
  REFUSED_SILENTLY(
      "mq_complete_or_raise_v1",
      "raise exception 'run % of job % is not the current one', p_token, p_id using errcode = 'MQ001';",
      "return;"),
  /** Any run of a job may complete it. */
  COMPLETE_UNFENCED("mq_complete_or_raise_v1", "and mq_jobs.token = p_token", ""),
  /** A job that failed keeps its token, so that its lost run can still complete it. */
  TOKEN_KEPT("mq_fail_v1", "token = mq_jobs.token + 1", "token = mq_jobs.token"),
  /** Attempts are not limited. */
  ATTEMPTS_UNLIMITED("mq_fail_v1", "job.attempt > job.retries", "false"),
  /** A claim does not look for an earlier job of an ordered channel. */
  ORDER_IGNORED("mq_claim_v1", "if v_has_followers then", "if false then"),
  /** A claim is not recorded: what a killed runner had in hand is not found. */
  CLAIM_UNRECORDED(
      "mq_claim_v1",
      "values (v_claim_id, p_runner_id, v_now, v_job_ids, v_tokens);",
      "values (v_claim_id, p_runner_id, v_now, '{}', '{}');"),
  /** The commit of a reservation that is over says that all is well. */
  COMMIT_IGNORED(
      "mq_commit_v1",
      "if v_ids is null then\n    return;",
      "if v_ids is null then\n    return query select unnest(p_ids);\n    return;"),
  /** The heartbeat says that it has renewed the lease, and has not. */
  HEARTBEAT_DEAF(
      "mq_heartbeat_v1", "set lease_ends_at = v_until", "set lease_ends_at = lease_ends_at"),
  /** A unique key is looked up, and two that look at the same time both find it free. */
  UNIQUE_UNCHECKED(
      "mq_store_or_find",
      "job.channel_name, job.channel_args, job.job_name, job.unique_key, job.headers::text[],",
      "job.channel_name, job.channel_args, job.job_name, null, job.headers::text[],");

  private final String function;
  private final String sound;
  private final String defect;

  Plant(String function, String sound, String defect) {
    this.function = function;
    this.sound = sound;
    this.defect = defect;
  }

  /** As users write it: {@code order-ignored}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Builds the defect into a schema.
   *
   * @throws IllegalStateException if the function is not what the defect was made for
   */
  public void into(Connection connection, String schema) throws SQLException {
    String definition = definition(connection, schema);
    int at = definition.indexOf(sound);
    if (at < 0 || definition.indexOf(sound, at + 1) >= 0) {
      throw new IllegalStateException(
          "the defect %s cannot be planted: %s does not contain '%s' exactly once"
              .formatted(text(), function, sound));
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(definition.replace(sound, defect));
    }
  }

  private String definition(Connection connection, String schema) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select pg_get_functiondef(routine.oid)
            from pg_proc as routine
            where routine.pronamespace = ?::regnamespace and routine.proname = ?
            """)) {
      statement.setString(1, schema);
      statement.setString(2, function);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException("there is no function " + function);
        }
        return rows.getString(1);
      }
    }
  }
}
