package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The audit finds what it says it does: each of its rules is broken here, by hand. */
class AuditIT {
  private static final Pattern RULE = Pattern.compile("^select '([^']+)'", Pattern.MULTILINE);
  private static final Pattern NEXT_RULE = Pattern.compile("^union all$", Pattern.MULTILINE);

  private static final String LAST_ERROR =
      "the last error is that of the attempt before, or of the last one";
  private static final String A_PLACE = " select id from mq_jobs";
  private static final String SAME_ID = " set id = (select id from mq_jobs)";
  private static final String THE_SAME_TOKEN = "; update mq_ready set token = 2";

  private static final String READY = "select mq_send('a')";
  private static final String DELAYED = "select mq_send('a', p_delay => '1 hour')";
  private static final String RESERVED = "select mq_send('a', p_reserve => '1 hour')";
  private static final String ORDERED =
      "select mq_send(name, p_ordered => true) from unnest(array['a', 'b']) as name";
  private static final String RUNNING =
      READY
          + """
          ;
          insert into mq_runners (id, lease_ends_at, started_at, pid, host, version)
          values (gen_random_uuid(), now(), now(), 1, 'host', 'test');
          delete from mq_ready;
          insert into mq_claims (id, runner_id, claimed_at, job_ids, tokens)
          select 1, runner.id, now() - interval '2 minutes', array[job.id], array[1]
          from mq_jobs as job cross join mq_runners as runner\
          """;
  private static final String DEAD =
      """
      insert into mq_dead (id, died_at, created_at, backoff_ms, attempt, token, retries, priority,
                           blocks, holds, seq, channel_name, channel_args, job_name)
      values (gen_random_uuid(), now(), now(), 0, 3, 5, 2, 0, true, true, 1, 'default', '', 'a');
      insert into mq_errors select id, 5, 3, now(), 'failed' from mq_dead\
      """;

  @RegisterExtension final TestSchema db = new TestSchema();

  /** A rule, rows that keep to it, and what breaks it. */
  private record Breach(String rule, String given, String change) {
    @Override
    public String toString() {
      return rule + ": " + change;
    }
  }

  private static Stream<Breach> breaches() {
    return Stream.of(
        new Breach("a live job is in exactly one place", READY, "delete from mq_ready"),
        new Breach(
            "a live job is in exactly one place",
            READY,
            "insert into mq_delayed select id, now() from mq_jobs"),
        new Breach(
            "a live job is in exactly one place", RUNNING, "insert into mq_parked" + A_PLACE),
        new Breach("a live job is in exactly one place", RUNNING, "update mq_jobs set token = 2"),
        new Breach(
            "a ready row belongs to a live job and has its token", READY, "delete from mq_jobs"),
        new Breach(
            "a ready row belongs to a live job and has its token",
            READY,
            "update mq_ready set token = 2"),
        new Breach(
            "a ready row belongs to a live job and has its token",
            READY,
            "update mq_ready set priority = 2"),
        new Breach(
            "a ready row belongs to a live job and has its token",
            READY,
            "update mq_ready set channel_name = 'another'"),
        new Breach(
            "a ready row belongs to a live job and has its token",
            READY,
            "update mq_ready set channel_args = 'another'"),
        new Breach("a delayed row belongs to a live job", DELAYED, "delete from mq_jobs"),
        new Breach(
            "a delayed row is reserved as its job is",
            DELAYED,
            "update mq_delayed set reserved = true"),
        new Breach(
            "a delayed row is reserved as its job is",
            RESERVED,
            "update mq_delayed set reserved = false"),
        new Breach(
            "a reserved job is delayed",
            READY,
            "update mq_jobs set reserved_until = now() + interval '1 hour'"),
        new Breach(
            "a parked row belongs to a live job that is ordered",
            READY,
            "delete from mq_ready; insert into mq_parked" + A_PLACE),
        new Breach(
            "a parked row belongs to a live job that is ordered",
            READY,
            "insert into mq_parked values (gen_random_uuid())"),
        new Breach(
            "a parked job has another one before it, or its channel is about to be looked at",
            ORDERED,
            "delete from mq_ready where not follows; insert into mq_parked"
                + A_PLACE
                + " where job_name = 'a'"),
        new Breach(
            "of an ordered channel only the head runs",
            ORDERED,
            "delete from mq_ready where follows; insert into mq_claims select 1, gen_random_uuid(),"
                + " now(), array[id], array[token] from mq_jobs where job_name = 'b'"),
        new Breach(
            "an ordered job that need not be looked at is the head of its channel",
            ORDERED,
            "update mq_ready set follows = false"),
        new Breach(
            "a dead letter that holds a channel is ordered", DEAD, "update mq_dead set seq = null"),
        new Breach(
            "a dead letter that holds a channel is ordered",
            DEAD,
            "update mq_dead set blocks = false"),
        new Breach("a round is not above its seq", READY, "update mq_ready set round = seq + 1"),
        new Breach(
            "a claim that holds runs belongs to a registered runner, or is new",
            RUNNING,
            "delete from mq_runners"),
        new Breach("no job is both live and dead", DEAD + ";" + READY, "update mq_dead" + SAME_ID),
        new Breach("errors belong to a live or dead job", DEAD, "delete from mq_dead"),
        new Breach(LAST_ERROR, DEAD, "delete from mq_errors"),
        new Breach(LAST_ERROR, DEAD, "update mq_errors set attempt = 2"),
        new Breach(
            LAST_ERROR,
            DEAD,
            "insert into mq_errors select job_id, 6, 1, now(), '' from mq_errors"),
        new Breach(LAST_ERROR, READY, "update mq_jobs set attempt = 2, token = 2" + THE_SAME_TOKEN),
        new Breach(
            LAST_ERROR,
            READY,
            "update mq_jobs set attempt = 2, token = 2"
                + THE_SAME_TOKEN
                + "; insert into mq_errors select id, 1, 2, now(), '' from mq_jobs"),
        new Breach(
            "an attempt is within its retries", READY, "update mq_jobs set attempt = 6, token = 6"),
        new Breach("a token is not below its attempt", READY, "update mq_jobs set attempt = 2"),
        new Breach(
            "there is a stripe for each hash", READY, "delete from mq_stripes where stripe = 7"));
  }

  @ParameterizedTest
  @MethodSource("breaches")
  void aBreachIsFound(Breach breach) throws Exception {
    Connection session = db.session();
    session.setAutoCommit(false);
    execute(session, breach.given);
    assertThat(Audit.findings(session)).as("before the breach").isEmpty();
    execute(session, breach.change);
    List<String> findings = Audit.findings(session);
    session.rollback();
    assertThat(findings).anyMatch(finding -> finding.startsWith(breach.rule + ": "));
  }

  @Test
  void noRuleIsWithoutABreach() {
    List<String> rules =
        RULE.matcher(Audit.sql()).results().map(result -> result.group(1)).toList();
    assertThat(rules).doesNotHaveDuplicates().hasSize(branches());
    assertThat(breaches().map(Breach::rule).distinct()).containsExactlyInAnyOrderElementsOf(rules);
  }

  /** So that no rule is overlooked that is written in another way. */
  private static int branches() {
    return 1 + (int) NEXT_RULE.matcher(Audit.sql()).results().count();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
