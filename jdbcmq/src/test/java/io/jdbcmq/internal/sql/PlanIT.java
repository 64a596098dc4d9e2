package io.jdbcmq.internal.sql;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Plans;
import io.jdbcmq.testing.Plans.Plan;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each statement of the hot functions reads tables by index, and few rows: however full they are,
 * whatever the statistics say, and also if the plan was made when they were empty.
 */
class PlanIT {
  /** Jobs in a batch here; a claim promotes up to 100 due jobs. */
  private static final int MAX_ROWS = 120;

  private static final int UNLIMITED = Integer.MAX_VALUE;

  @RegisterExtension final TestSchema db = new TestSchema();

  @BeforeEach
  void keepStatisticsAsTheyAre() throws SQLException {
    for (String table :
        db.query(
            """
            select relname from pg_class
            where relname ~ '^mq_' and relkind = 'r'
              and relnamespace = current_schema()::regnamespace
            """)) {
      db.execute("alter table " + table + " set (autovacuum_enabled = off)");
    }
  }

  private enum Filling {
    EMPTY,
    READY,
    DELAYED,
    DUE
  }

  @ParameterizedTest
  @EnumSource
  void hotFunctionsReadFewRowsByIndex(Filling filling) throws Exception {
    Plans plans = new Plans(db.session());
    for (int i = 0; i < 10; i++) {
      runHotFunctions(plans); // makes and keeps plans for empty tables
    }
    plans.take();
    fill(filling);

    runHotFunctions(plans);
    assertThat(findings(plans, MAX_ROWS)).isEmpty();

    db.execute("analyze");
    runHotFunctions(plans);
    assertThat(findings(plans, MAX_ROWS)).isEmpty();
    Plans fresh = new Plans(db.session());
    runHotFunctions(fresh);
    assertThat(findings(fresh, MAX_ROWS)).isEmpty();
  }

  @Test
  void hotFunctionsReadByIndexAmongDeadRows() throws Exception {
    Plans plans = new Plans(db.session());
    runHotFunctions(plans);
    plans.take();
    fill(Filling.READY);
    fill(Filling.DELAYED);
    var report = new Stepper(db, Isolation.REPEATABLE_READ).session();
    report.run(c -> c.createStatement().execute("select from mq_jobs limit 1"));
    db.execute(
        "delete from mq_ready; delete from mq_delayed; delete from mq_errors; delete from mq_jobs;"
            + " delete from mq_dead");

    runHotFunctions(plans);
    assertThat(findings(plans, UNLIMITED)).isEmpty();
    db.execute("analyze");
    Plans fresh = new Plans(db.session());
    runHotFunctions(fresh);
    assertThat(findings(fresh, UNLIMITED)).isEmpty();
  }

  /** The test does see into the functions. */
  @Test
  void plansOfAllStatementsAreSeen() throws Exception {
    Plans plans = new Plans(db.session());
    runHotFunctions(plans);
    String seen = plans.take().stream().map(Plan::text).collect(joining("\n"));
    assertThat(seen)
        .contains(
            "Insert on mq_jobs",
            "Insert on mq_ready",
            "Insert on mq_delayed",
            "Insert on mq_claims",
            "Insert on mq_errors",
            "Delete on mq_ready",
            "Delete on mq_delayed",
            "Delete on mq_jobs",
            "Delete on mq_claims",
            "Update on mq_jobs",
            "Update on mq_runners",
            "mq_ready_pkey",
            "mq_ready_channel",
            "mq_delayed_run_at",
            "mq_jobs_pkey",
            "mq_claims_runner");
  }

  @Test
  void aFunctionWithoutItsSettingsIsFound() throws Exception {
    for (String setting : List.of("seqscan", "bitmapscan", "hashjoin", "mergejoin")) {
      db.execute("alter function mq_complete_v1(uuid[], int[], bigint[]) reset enable_" + setting);
    }
    Plans plans = new Plans(db.session());
    runHotFunctions(plans);
    assertThat(findings(plans, MAX_ROWS)).isNotEmpty();
  }

  @Test
  void aMissingIndexIsFound() throws Exception {
    db.execute("drop index mq_delayed_run_at");
    Plans plans = new Plans(db.session());
    runHotFunctions(plans);
    assertThat(findings(plans, MAX_ROWS))
        .isNotEmpty()
        .allMatch(each -> each.contains("mq_delayed"));
  }

  /** By index, but in an order that makes the claim read all ready rows. */
  @Test
  void anIndexThatDoesNotLeadToTheHeadIsFound() throws Exception {
    fill(Filling.READY);
    db.execute(
        """
        alter table mq_ready drop constraint mq_ready_pkey;
        create index mq_ready_pkey on mq_ready (channel_name, seq)
        """);
    Plans plans = new Plans(db.session());
    runHotFunctions(plans);
    assertThat(findings(plans, MAX_ROWS)).anyMatch(finding -> finding.contains("rows in"));
  }

  private static List<String> findings(Plans plans, int maxRows) {
    return plans.take().stream().flatMap(plan -> plan.findings(maxRows).stream()).toList();
  }

  private void fill(Filling filling) throws SQLException {
    if (filling == Filling.EMPTY) {
      return;
    }
    db.execute(
        """
        insert into mq_jobs (
          id, created_at, backoff_ms, retries, channel_name, channel_args, job_name, payload_json)
        select
          md5('%1$s' || n)::uuid, now(), 1000, 3, 'g' || n %% 10, 'c' || n %% 100, 'job', '{"n": 1}'
        from generate_series(1, 100000) as n
        """
            .formatted(filling));
    if (filling == Filling.READY) {
      db.execute(
          """
          insert into mq_ready (
            seq, round, job_id, token, priority, tail, follows, channel_name, channel_args)
          select
            nextval('mq_seq'), (n + 99) / 100, md5('READY' || n)::uuid, 1, 0, n > 99900, false,
            'g' || n % 10, 'c' || n % 100
          from generate_series(1, 100000) as n
          """);
    } else {
      db.execute(
          """
          insert into mq_delayed (job_id, run_at)
          select md5('%1$s' || n)::uuid, now() + n * interval '1 millisecond' + interval '%2$s'
          from generate_series(1, 100000) as n
          """
              .formatted(filling, filling == Filling.DUE ? "-1 hour" : "1 hour"));
    }
  }

  /** Each of them at least once, in batches of ten. */
  private void runHotFunctions(Plans plans) throws SQLException {
    UUID runner = UUID.randomUUID();
    plans.query(
        "select mq_register_runner_v1('%s', 15000, 1, 'host', '1', null)".formatted(runner));
    plans.query(sendOne("'g1', 'c1'"));
    plans.query(sendOne("'new one', ''"));
    plans.query(send(false, "null"));
    plans.query(send(true, "null"));
    plans.query(send(false, "array_fill(60000::bigint, array[10])"));
    plans.query(send(true, "array_fill(60000::bigint, array[10])"));
    List<String> some = claim(plans, runner, "array['g1', 'g2', 'none']");
    List<String> other = claim(plans, runner, "null");
    plans.query("select mq_heartbeat_v1('%s', 15000)".formatted(runner));
    String claim = plans.query("select claim_id from mq_claims_v1('%s')".formatted(runner)).get(0);
    plans.query("select mq_complete_or_raise_v1(%s)".formatted(some.get(0)));
    plans.query(
        "select mq_complete_v1(%s, array[%s])".formatted(arrays(some.subList(1, 10)), claim));
    plans.query("select mq_hand_back_v1(%s, false, '{0}')".formatted(arrays(other.subList(0, 3))));
    plans.query("select mq_hand_back_v1(%s, true, '{0}')".formatted(arrays(other.subList(3, 6))));
    plans.query(
        "select mq_fail_v1(%s, array['e', 'e'], null, '{0}')"
            .formatted(arrays(other.subList(6, 8))));
    plans.query("select mq_resolve_v1(%s)".formatted(arrays(other.subList(8, 9))));
    plans.query("select mq_lost_v1(%s)".formatted(arrays(other.subList(8, 9))));
    plans.query("select mq_checkpoint_v1(%s, true, '{}', false, null, 1)".formatted(other.get(8)));
    plans.query(
        "select mq_snooze_v1(%s, array[1::bigint], '{0}')".formatted(arrays(other.subList(8, 9))));
    plans.query("select mq_give_up_or_raise_v1(%s, 'e')".formatted(other.get(9)));
    runOrderedJobs(plans, runner);
    reserveAndCommit(plans);
    db.execute("update mq_runners set lease_ends_at = now()");
    plans.query("select mq_rescue_v1(10)");
  }

  /** Followers that park, a head that ends, and a channel that is looked at again. */
  private void runOrderedJobs(Plans plans, UUID runner) throws SQLException {
    String send = "select mq_send('job', null, 'ordered', p_ordered => true, p_unique_key => '%s')";
    plans.query(send.formatted("a"));
    String claim =
        "select '''' || id || ''', ' || token from mq_claim_v1('%s', '{ordered}', '', 9, 0)"
            + " where id is not null";
    List<String> head = plans.query(claim.formatted(runner));
    assertThat(head).hasSize(1);
    plans.query(send.formatted("b"));
    plans.query(send.formatted("c"));
    plans.query(send.formatted("c"));
    plans.query(claim.formatted(runner));
    plans.query("select mq_complete_or_raise_v1(%s)".formatted(head.get(0)));
    plans.query("select mq_ask_to_wake('{ordered}', '{\"\"}')");
    assertThat(plans.query(claim.formatted(runner))).hasSize(1);
    db.execute("select mq_clear_v1('{ordered}')"); // not for a hot path
  }

  private static void reserveAndCommit(Plans plans) throws SQLException {
    String reserve = "select mq_send('job', null, 'reserved', p_reserve => '1 hour')::text";
    String id = plans.query(reserve).get(0);
    plans.query("select mq_extend_v1('%s', 1000000)".formatted(id));
    plans.query("select mq_commit_v1(array['%s'::uuid])".formatted(id));
  }

  private static String sendOne(String channel) {
    return """
        select mq_send_one_v1(
          gen_random_uuid(), %s, 'job', 0::smallint, 3::smallint, 1000, null, null, null, null, null, null)
        """
        .formatted(channel);
  }

  private static String send(boolean ownIds, String delays) {
    return """
        select mq_send_v1(
          array(select gen_random_uuid() from generate_series(1, 10)), %s,
          array['g1', 'g2', 'g1', 'g1', 'g1', 'g1', 'g1', 'g3', 'g1', 'new'],
          array['c1', 'c2', 'c11', 'c11', 'new', 'new', '', '', '', ''],
          array_fill('job'::text, array[10]), array_fill(0::smallint, array[10]),
          array_fill(3::smallint, array[10]), array_fill(1000, array[10]),
          null, null, null, %s, null, null, null, null, null, null, null, null)
        """
        .formatted(ownIds, delays);
  }

  private static List<String> claim(Plans plans, UUID runner, String channels) throws SQLException {
    List<String> runs =
        plans.query(
            """
            select '''' || id || ''', ' || token
            from mq_claim_v1('%s', %s, '', 10, 60000)
            where id is not null
            """
                .formatted(runner, channels));
    assertThat(runs).hasSize(10);
    return runs;
  }

  private static String arrays(List<String> runs) {
    List<String> ids = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    for (String run : runs) {
      ids.add(run.split(",", -1)[0]);
      tokens.add(run.split(",", -1)[1]);
    }
    return "array[%s]::uuid[], array[%s]"
        .formatted(String.join(", ", ids), String.join(", ", tokens));
  }
}
