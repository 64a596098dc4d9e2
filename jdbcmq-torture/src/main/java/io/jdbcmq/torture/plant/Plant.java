package io.jdbcmq.torture.plant;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A defect in functions of the schema: parts of their text that are replaced. */
public enum Plant implements SqlDefect {
  /** A completion that is refused is not told so: what the handler wrote is committed twice. */
  REFUSED_SILENTLY(
      Faults.STALLS,
      "mq_complete_or_raise_v1",
      "raise exception 'run % of job % is not the current one', p_token, p_id using errcode = 'MQ001';",
      "return;"),
  /** Any run of a job may complete it. */
  COMPLETE_UNFENCED(Faults.STALLS, "mq_complete_or_raise_v1", "and mq_jobs.token = p_token", ""),
  /** A job that failed keeps its token, so that its lost run can still complete it. */
  TOKEN_KEPT(Faults.STALLS, "mq_fail_v1", "token = mq_jobs.token + 1", "token = mq_jobs.token"),
  /** Any run of a job may save its progress over that of the next one. */
  CHECKPOINT_UNFENCED(Faults.STALLS, "mq_checkpoint_v1", "and mq_jobs.token = p_token", ""),
  /** A checkpoint is not stored. */
  CHECKPOINT_DROPPED(
      Faults.CALM, "mq_checkpoint_v1", "then p_json::json else", "then mq_jobs.payload_json else"),
  /** Attempts are not limited. */
  ATTEMPTS_UNLIMITED(Faults.CALM, "mq_fail_v1", "job.attempt > job.retries", "false"),
  /** A job dies when its second attempt fails. */
  RETRIES_FORGOTTEN(Faults.STALLS, "mq_fail_v1", "job.attempt > job.retries", "job.attempt > 1"),
  /** What a lost runner held has not used an attempt. */
  LOSS_UNCOUNTED(
      Faults.STALLS,
      "mq_rescue_v1",
      "-- What still matches now was locked above: in doubt until the next rescue.",
      "update mq_jobs set attempt = mq_jobs.attempt - 1"
          + " where mq_jobs.id = any (v_ids) and mq_jobs.attempt > 1;"),
  /** Delays between attempts are three times as long as they should be. */
  BACKOFF_TRIPLED(
      Faults.CALM,
      "mq_retry_delay_ms",
      "least(p_backoff_ms * power",
      "least(3 * p_backoff_ms * power"),
  /** A delayed job is ready when half of its delay is over. */
  DELAY_HALVED(
      Faults.CALM,
      "mq_send_v1",
      "v_now + job.delay_ms * interval '1 millisecond'",
      "v_now + job.delay_ms * interval '0.5 milliseconds'"),
  /** A claim does not look for an earlier job of an ordered channel. */
  ORDER_IGNORED(Faults.CALM, "mq_claim_v1", "if v_has_followers then", "if false then"),
  /** An ordered channel goes by the ids of its jobs. */
  ORDER_BY_ID(
      Faults.CALM,
      "mq_follow",
      "and earlier.seq < job.seq\n    order by earlier.seq desc",
      "and earlier.id < job.id\n    order by earlier.id desc"),
  /** When an ordered job has ended, nobody looks for the next one. */
  SUCCESSOR_FORGOTTEN(
      Faults.CALM,
      "mq_complete_or_raise_v1",
      "perform mq_unpark(array[v_job.channel_name], array[v_job.channel_args], array[v_job.seq]);",
      "null;"),
  /** A claim is not recorded: what a killed runner had in hand is not found. */
  CLAIM_UNRECORDED(
      Faults.STALLS,
      "mq_claim_v1",
      "values (v_claim_id, p_runner_id, v_now, v_job_ids, v_tokens);",
      "values (v_claim_id, p_runner_id, v_now, '{}', '{}');"),
  /** The commit of a reservation that is over says that all is well. */
  COMMIT_IGNORED(
      Faults.CALM,
      "mq_commit_v1",
      "if v_ids is null then\n    return;",
      "if v_ids is null then\n    return query select unnest(p_ids);\n    return;"),
  /** A reservation is extended in one table only, and ends when it would have ended before. */
  EXTENSION_FORGOTTEN(
      Faults.CALM,
      "mq_extend_v1",
      "set reserved_until = v_until",
      "set reserved_until = reserved_until"),
  /** The death of a job does not hold its channel, although it should. */
  HOLD_FORGOTTEN(
      Faults.CALM,
      "mq_bury",
      "buried.priority, buried.blocks, buried.blocks,",
      "buried.priority, buried.blocks, false,"),
  /** A dead job that is redriven says that it is live again, and stays dead. */
  REDRIVE_IGNORED(Faults.CALM, "mq_redrive_v1", "where mq_dead.id = live.id", "where false"),
  /** A cancellation says that all is well, and does nothing. */
  CANCEL_IGNORED(
      Faults.CALM,
      "mq_cancel_v1",
      "select removed.ids, removed.running into v_ids, v_running from mq_remove(v_rows) as removed;",
      "v_ids := p_ids;"),
  /** Clearing a channel group deletes the jobs that wait, and leaves their places in the order. */
  CLEAR_HALVED(
      Faults.CALM,
      "mq_remove",
      "where ready.channel_name = any (v_channel_names)",
      "where false and ready.channel_name = any (v_channel_names)"),
  /** A pause says that all is well, and does nothing. */
  PAUSE_IGNORED(Faults.CALM, "mq_pause_v1", "order by channel.name collate \"C\"", "where false"),
  /** Jobs become ready in the order in which they were sent: a long channel stops all others. */
  TURNS_IGNORED(
      Faults.CALM,
      "mq_make_ready",
      "max(based.base) over channel + based.turn - 1",
      "max(based.base) over channel + 0 * based.turn"),
  /** The heartbeat says that it has renewed the lease, and has not. */
  HEARTBEAT_DEAF(
      Faults.CALM,
      "mq_heartbeat_v1",
      "set lease_ends_at = v_until",
      "set lease_ends_at = lease_ends_at"),
  /** A unique key is not stored, so that nobody finds it. */
  UNIQUE_UNCHECKED(
      Faults.CALM,
      "mq_store_or_find",
      "job.channel_name, job.channel_args, job.job_name, job.unique_key, job.headers::text[],",
      "job.channel_name, job.channel_args, job.job_name, null, job.headers::text[],"),
  /** A unique key is looked for among the jobs of all names. */
  UNIQUE_ACROSS_NAMES(
      Faults.CALM,
      "mq_store_or_find",
      "where same.job_name = rest.job_name\n                    and same.unique_key",
      "where same.unique_key"),
  /** A unique key is looked for first, and the job stored then: two can do so at once. */
  UNIQUE_IN_TWO_STEPS(
      Faults.CALM,
      "mq_store_or_find",
      """
            -- Of a key that comes twice in the list, the first one counts.
            order by job.job_name collate "C", job.unique_key collate "C",
                     case when job.unique_key is null then job.id end, job.position
            on conflict do nothing
      """,
      """
              and not exists (
                select from mq_jobs as same
                where same.id = job.id or same.job_name = job.job_name and same.unique_key = job.unique_key)
      """),
  /** Reservations that are over are found first, and deleted then: a commit can be in between. */
  EXPIRY_IN_TWO_STEPS(
      Faults.CALM,
      new Passage(
          "mq_promote",
          "if v_reserved is not null then",
          """
          v_reserved := array(
              select delayed.job_id from mq_delayed as delayed
              where delayed.reserved and delayed.run_at between v_first and v_now);
            if v_reserved <> '{}' then"""),
      new Passage(
          "mq_end_reservations",
          """
              for update skip locked);
            with ended as (
              delete from mq_jobs
              where mq_jobs.ctid = any (v_rows)
          """,
          """
              );
            with ended as (
              delete from mq_jobs
              where mq_jobs.id in (select job.id from mq_jobs as job where job.ctid = any (v_rows))
          """)),
  /** Half of the payloads are not stored. */
  PAYLOAD_DROPPED(
      Faults.CALM,
      "mq_send_v1",
      "job.job_name, job.headers::text[], job.payload_json::json, job.payload_bytes",
      "job.job_name, job.headers::text[], job.payload_json::json, null"),
  /** The timeout of a single job is not stored. */
  TIMEOUT_DROPPED(
      Faults.CALM,
      "mq_send_one_v1",
      "p_id, v_now, p_backoff_ms, p_max_backoff_ms, p_timeout_ms,",
      "p_id, v_now, p_backoff_ms, p_max_backoff_ms, null,"),
  /** Only the first error of a job is kept. */
  ERRORS_FORGOTTEN(
      Faults.CALM,
      "mq_fail_v1",
      "where job.id = any (v_failed)\n  order by",
      "where job.id = any (v_failed) and job.attempt = 1\n  order by"),
  /** A job dies one attempt too early. */
  RETRIES_CUT(Faults.CALM, "mq_fail_v1", "job.attempt > job.retries", "job.attempt >= job.retries"),
  /** The further retries that a checkpoint gives are not stored. */
  EXTRA_RETRIES_DROPPED(
      Faults.CALM, "mq_checkpoint_v1", "mq_jobs.retries + p_extra_retries", "mq_jobs.retries"),
  /** A dead job that is redriven has one retry less. */
  REDRIVE_SHORTENED(
      Faults.CALM,
      "mq_redrive_v1",
      "risen.token + 1, risen.retries, risen.jitter",
      "risen.token + 1, greatest(risen.retries - 1, 0), risen.jitter"),
  /** What is handed back has used an attempt. */
  HAND_BACK_COUNTED(
      Faults.CALM,
      "mq_hand_back_v1",
      "set token = mq_jobs.token + 1,",
      "set attempt = mq_jobs.attempt + 1, token = mq_jobs.token + 1,"),
  /** A snooze uses an attempt. */
  SNOOZE_COUNTED(
      Faults.CALM,
      "mq_snooze_v1",
      "set token = mq_jobs.token + 1",
      "set attempt = mq_jobs.attempt + 1, token = mq_jobs.token + 1"),
  /** Only delayed jobs are found to be cancelled. */
  CANCEL_OVERLOOKS(
      Faults.CALM,
      "mq_cancel_v1",
      "where job.id = any (p_ids) order by job.id for update",
      "where job.id = any (p_ids) and exists (select from mq_delayed where job_id = job.id)"
          + " order by job.id for update"),
  /** A claim waits for a row that somebody else has locked. */
  CLAIM_WAITS(
      Faults.CALM,
      "mq_claim_v1",
      "limit p_want - cardinality(v_job_ids)\n            for update skip locked",
      "limit p_want - cardinality(v_job_ids)\n            for update"),
  /** A lease that is over is renewed all the same. */
  LEASE_REVIVED(Faults.CALM, "mq_heartbeat_v1", "and mq_runners.lease_ends_at > v_now", ""),
  /** A runner without a lease may claim. */
  CLAIM_UNLEASED(Faults.CALM, "mq_claim_v1", "and runner.lease_ends_at > v_now", ""),
  /** A claim is forgotten when its runner says so, whatever it holds. */
  CLAIM_FORGOTTEN(Faults.FAILOVER, "mq_forget_claims", "and job.token = run.token", "and false"),
  /** What a lost runner has locked at the moment of its rescue is never looked at again. */
  DOUBT_FORGOTTEN(Faults.STALLS, "mq_rescue_v1", "if v_held is null then", "if true then"),
  /** A reservation ends before its time where a send meets its key. */
  RESERVATION_CUT(Faults.CALM, "mq_end_reservations", "and job.reserved_until <= v_now", ""),
  /** Jobs of a lost runner are taken over late. */
  RESCUE_LATE(
      Faults.STALLS,
      "mq_rescue_v1",
      "and runner.lease_ends_at <= v_now\n    for share skip locked;",
      "and runner.lease_ends_at <= v_now - interval '12 seconds'\n    for share skip locked;");

  private final String faults;

  @SuppressWarnings("ImmutableEnumChecker") // a list of List.of
  private final List<Passage> passages;

  Plant(String faults, String function, String sound, String defect) {
    this(faults, new Passage(function, sound, defect));
  }

  Plant(String faults, Passage... passages) {
    this.faults = faults;
    this.passages = List.of(passages);
  }

  /** The faults with which it shows, separated by commas. */
  public String faults() {
    return faults;
  }

  /**
   * {@inheritDoc}
   *
   * @throws PlantException if the function is not what the defect was made for
   */
  @Override
  public void into(Connection connection, String schema) throws SQLException {
    for (Passage passage : passages) {
      String definition = definition(connection, schema, passage.source());
      try (Statement statement = connection.createStatement()) {
        statement.execute(passage.replacedIn(definition));
      }
    }
  }

  private static String definition(Connection connection, String schema, String function)
      throws SQLException {
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

  /** Which faults a defect needs to show itself. */
  private static final class Faults {
    static final String CALM = "none";
    static final String FAILOVER = "failover";
    static final String STALLS = "pause,kill";
  }
}
