package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Conventions;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** The functions mean their own schema, whoever calls them, and all objects are made as agreed. */
class FunctionSettingsIT {
  private static final JobRequest JOB =
      JobRequest.of("job").retry(RetryPolicy.of(1, Duration.ZERO));

  @RegisterExtension final TestSchema db = new TestSchema();

  // How objects are made.

  @Test
  void allObjectsKeepToTheConventions() throws Exception {
    assertThat(Conventions.findings(db.session())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset all
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset search_path
          a function has its settings pinned: mq_topic() | alter function mq_topic() set search_path = pg_catalog, pg_temp
          a function has its settings pinned: mq_topic() | alter function mq_topic() set enable_seqscan = on
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset enable_bitmapscan
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset enable_hashjoin
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset enable_mergejoin
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset plan_cache_mode
          a function has its settings pinned: mq_topic() | alter function mq_topic() reset jit
          the clock and the check of each row are not pinned, for their speed: mq_now() | alter function mq_now() set jit = off
          a function runs with the rights of its caller: mq_topic() | alter function mq_topic() security definer
          a function with parameters is PL/pgSQL: mq_f(integer) | create function mq_f(int) returns int language sql as 'select $1'
          a function has a comment: mq_topic() | comment on function mq_topic() is null
          a table or sequence has a comment: mq_dead | comment on table mq_dead is null
          a table or sequence has a comment: mq_seq | comment on sequence mq_seq is null
          there is no trigger: t of mq_jobs | create trigger t before insert on mq_jobs for each row execute function suppress_redundant_updates_trigger()
          there is no foreign key: k of mq_ready | alter table mq_ready add constraint k foreign key (job_id) references mq_jobs (id)
          there is no identity or generated column: mq_claims.id | alter table mq_claims alter column id add generated always as identity
          there is no identity or generated column: mq_dead.half | alter table mq_dead add column half int generated always as (attempt / 2) stored
          an index calls no function: mq_jobs_i | create index mq_jobs_i on mq_jobs (lower(job_name))
          an index calls no function: mq_jobs_i | create index mq_jobs_i on mq_jobs (id) where abs(attempt) = 1
          a constraint has a name of its own, after that of its table: small of mq_jobs | alter table mq_jobs add constraint small check (attempt < 9)
          a constraint has a name of its own, after that of its table: mq_jobs_attempt_check of mq_jobs | alter table mq_jobs add check (attempt < 9)
          a constraint has a name of its own, after that of its table: mq_jobs_seq_key of mq_jobs | alter table mq_jobs add unique (seq)
          there is no deferrable constraint: mq_dead_c of mq_dead | alter table mq_dead add constraint mq_dead_c unique (seq) deferrable
          there is no deferrable constraint: mq_dead_c of mq_dead | alter table mq_dead add constraint mq_dead_c unique (seq) initially deferred
          an index is named after its table: mq_i of mq_jobs | create index mq_i on mq_jobs (seq)
          a function names no other schema: mq_f() | create function mq_f() returns int language plpgsql as 'begin return public.f(); end'
          """)
  void aBreachIsFound(String finding, String breach) throws Exception {
    assertThat(findingsAfter(breach)).contains(finding);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          mq_dead on %s.mood | alter table mq_dead add column mood %s.mood
          mq_dead on %s.f() | alter table mq_dead alter column attempt set default %s.f()
          mq_dead_c on %s.f() | alter table mq_dead add constraint mq_dead_c check (attempt < %s.f())
          mq_f() on %s.mood | create function mq_f() returns %s.mood language plpgsql as 'begin return null; end'
          """)
  void aDependencyOnAnotherSchemaIsFound(String finding, String breach) throws Exception {
    String other = otherSchema();
    db.execute("create type %s.mood as enum ('good')".formatted(other));
    db.execute("create function %s.f() returns int language sql as 'select 1'".formatted(other));

    assertThat(findingsAfter(breach.formatted(other)))
        .contains("nothing depends on an extension or another schema: " + finding.formatted(other));
  }

  // Whom they mean.

  @Test
  void theyWorkForACallerWithAnEmptySearchPath() throws Exception {
    try (Connection caller = db.direct().getConnection()) {
      execute(caller, "set search_path = ''");
      callEachFunction(caller, db.schema());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"select", "user", "null"})
  void theyWorkInASchemaWithAReservedName(String name) throws Exception {
    db.execute("drop schema if exists \"%s\" cascade".formatted(name));
    db.closing(() -> db.execute("drop schema \"%s\" cascade".formatted(name)));
    JobQueue.builder(db.direct()).schema(name).build().migrate();

    try (Connection caller = db.direct().getConnection()) {
      callEachFunction(caller, new Schema(name));
      execute(caller, "set search_path = \"%s\", pg_temp".formatted(name));
      assertThat(Conventions.findings(caller)).isEmpty();
    }
    assertThat(Audit.findings(db.direct(), name)).isEmpty();
  }

  /** In a schema that the caller has put before all others, and among its temporary tables. */
  @Test
  void theyAreNotMisledByObjectsOfTheSameName() throws Exception {
    String other = otherSchema();
    List<String> tables =
        db.query(
            "select relname from pg_class where relnamespace = current_schema()::regnamespace"
                + " and relkind = 'r'");
    try (Connection caller = db.direct().getConnection()) {
      for (String table : tables) {
        execute(
            caller,
            "create temporary table %s (like %s.%s)".formatted(table, db.name(), table),
            "create table %s.%s (like %s.%s)".formatted(other, table, db.name(), table));
      }
      for (String function : functionsThatRaise(other)) {
        execute(caller, function);
      }
      execute(caller, "set search_path = %s, public, pg_catalog".formatted(other));

      callEachFunction(caller, db.schema());

      for (String table : tables) {
        assertThat(count(caller, "pg_temp." + table)).as("temporary " + table).isZero();
        assertThat(count(caller, other + "." + table)).as("other " + table).isZero();
      }
    }
  }

  /** Two queues in one database do not wake each other's runners. */
  @Test
  void eachSchemaHasATopicOfItsOwn() throws Exception {
    Schema other = new Schema(otherSchema());
    Connection session = db.session();
    new Migrator(other).migrate(session);
    String topic = new LeaseCalls(db.schema()).topic(session);
    assertThat(topic)
        .isEqualTo(new LeaseCalls(db.schema()).topic(db.session()))
        .isNotEqualTo(new LeaseCalls(other).topic(session));
  }

  /** Whoever may connect to the database may listen. */
  @Test
  void whatIsNotifiedIsAHashOrAConstant() throws Exception {
    Calls calls = new Calls(db.schema());
    Connection session = db.session();
    Connection listener = db.session();
    execute(listener, "listen " + new LeaseCalls(db.schema()).topic(listener));
    UUID runner = calls.runner(session);
    new ClaimCalls(db.schema())
        .claim(session, runner, List.of("secret"), "", 1, Duration.ofSeconds(10)); // turns hungry
    calls.send(session, JOB.channel("secret", "args"));
    calls.cancel(session, calls.claim(session, runner, 1).get(0).id());

    List<String> notified = new ArrayList<>();
    while (notified.size() < 2) {
      PGNotification[] some = listener.unwrap(PGConnection.class).getNotifications(20_000);
      assertThat(some).as("after %s", notified).isNotEmpty();
      Stream.of(some).map(PGNotification::getParameter).forEach(notified::add);
    }
    assertThat(notified.get(0)).matches("[0-9a-f]{32}");
    assertThat(notified.get(1)).isEqualTo("cancel");
  }

  /** Plays a little of everything in one transaction, and makes sure that nothing was left out. */
  private void callEachFunction(Connection connection, Schema schema) throws SQLException {
    connection.setAutoCommit(false);
    execute(
        connection,
        "set transaction isolation level repeatable read", // a send then calls one more
        "set local track_functions = 'pl'");
    Calls calls = new Calls(schema);
    QueryCalls query = new QueryCalls(schema);
    ClaimCalls claim = new ClaimCalls(schema);
    String topic = new LeaseCalls(schema).topic(connection);
    assertThat(topic).startsWith("mq_").hasSize(35);
    UUID runner = calls.runner(connection);
    assertThat(calls.heartbeat(connection, runner)).isTrue();
    assertThat(claim.claim(connection, runner, List.of(), "", 1, Duration.ofSeconds(10)).jobs())
        .isEmpty(); // turns hungry

    UUID id = calls.send(connection, JOB);
    assertThat(calls.send(connection, List.of(JOB.id(id), JOB.delay(Duration.ofMillis(1)))))
        .containsExactly(0);
    await(connection, Duration.ofMillis(5));
    List<RunKey> runs = calls.claim(connection, runner, 10); // promotes, and turns busy
    assertThat(runs).hasSize(2);
    assertThat(claim.claims(connection, runner)).hasSize(1);
    assertThat(new SettleCalls(schema).resolve(connection, runs)).hasSize(2);
    calls.completeOrRaise(connection, runs.get(0));
    assertThat(calls.complete(connection, runs.get(1))).isEmpty();

    RunKey failing = calls.running(connection, JOB);
    assertThat(calls.fail(connection, failing)).hasSize(1);
    await(connection, Duration.ofMillis(5));
    assertThat(calls.fail(connection, calls.claim(connection, runner, 1).get(0))).hasSize(1);
    assertThat(calls.state(connection, failing.id())).isEqualTo("dead 2");
    assertThat(query.find(connection, failing.id()).orElseThrow().failedAttempts()).hasSize(2);
    assertThat(query.dead(connection, Optional.empty(), 10)).hasSize(1);
    assertThat(calls.redrive(connection, failing.id())).hasSize(1);
    RunKey redriven = calls.claim(connection, runner, 1).get(0);
    assertThat(calls.handBack(connection, redriven)).hasSize(1);
    RunKey again = calls.claim(connection, runner, 1).get(0);
    assertThat(calls.handBackUnknown(connection, again)).hasSize(1);
    assertThat(query.unknown(connection)).containsEntry("job", 1L);
    assertThat(query.exists(connection, again.id())).isTrue();

    RunKey lost = calls.running(connection, JOB.retry(RetryPolicy.never()));
    execute(
        connection,
        "delete from %s.mq_runners where id <> '%s'".formatted(schema.quoted(), runner));
    calls.retire(connection, runner);
    assertThat(calls.rescue(connection)).extracting(rescued -> rescued.jobId()).contains(lost.id());
    assertThat(calls.discard(connection, lost.id())).hasSize(1);
    assertThat(calls.clear(connection)).isEqualTo(1);
    callFunctionsOfChannels(connection, schema);

    assertThat(notCalled(connection, schema)).isEmpty();
    connection.commit();
    connection.setAutoCommit(true);
  }

  /** In their order; %s stands for the schema. */
  private static void callFunctionsOfChannels(Connection connection, Schema schema)
      throws SQLException {
    String runner = "'00000000-0000-0000-0000-000000000001'";
    String head = "(select id from %s.mq_jobs where seq is not null order by seq limit 1)";
    String send = "select %s.mq_send('ordered', null, 'o', p_ordered => true, p_blocks => true)";
    String claim = "select %s.mq_claim_v1(" + runner + ", '{o}', '', 1, 0)";
    String setToken = "update %s.mq_jobs set token = 1";
    for (String statement :
        List.of(
            "select %s.mq_send('plain')",
            "select %s.mq_clear_v1('{default}')",
            "select %s.mq_register_runner_v1(" + runner + ", 60000, 1, 'h', 'v', null)",
            "select %s.mq_pause_v1('{o}')",
            "select %s.mq_paused_v1()",
            "select %s.mq_resume_v1('{o}')",
            send,
            send,
            claim,
            claim,
            "select %s.mq_checkpoint_v1(" + head + ", 1, true, '{}', false, null, 1)",
            "select %s.mq_lost_v1(array[" + head + "], '{1}')",
            "select %s.mq_snooze_or_raise_v1(" + head + ", 1, 60000)",
            "select %s.mq_blocked_v1(10)",
            "select %s.mq_stats_v1(200)",
            "select %s.mq_vacuum_v1()",
            "update %s.mq_delayed set run_at = now()",
            claim,
            setToken,
            "select %s.mq_give_up_or_raise_v1(" + head + ", 1, 'enough')",
            "select %s.mq_unblock_v1('o', '')",
            claim,
            setToken,
            "select %s.mq_complete_or_raise_v1(" + head + ", 1)",
            send,
            "select %s.mq_cancel_v1(array[" + head + "])",
            "select %s.mq_send('r', p_reserve => '1 hour', p_unique_key => 'k')",
            "select %s.mq_extend_v1(id, 100000) from %s.mq_jobs",
            "select %s.mq_commit_v1(array_agg(id)) from %s.mq_jobs",
            "update %s.mq_jobs set reserved_until = now()",
            "select %s.mq_end_reservations(array_agg(id)) from %s.mq_jobs",
            "delete from %s.mq_ready",
            "select %s.mq_note_low_water('o', 0::smallint, 1, 1)",
            "select %s.mq_note_sweep('o', 0::smallint, '0 seconds')")) {
      execute(connection, statement.replace("%s", schema.quoted()));
    }
  }

  private static List<String> notCalled(Connection connection, Schema schema) throws SQLException {
    return TestSchema.query(
        connection,
        """
        select routine.proname
        from pg_catalog.pg_proc as routine
        where routine.pronamespace = '%s'::pg_catalog.regnamespace
          and routine.prokind = 'f'
          and routine.proname like 'mq\\_%%'
          and routine.proname <> 'mq_now' -- inlined
          and not exists (
            select from pg_catalog.pg_stat_xact_user_functions as called where called.funcid = routine.oid)
        """
            .formatted(schema.quoted()));
  }

  /** Definitions of functions like those of the queue, but in another schema, that only raise. */
  private List<String> functionsThatRaise(String schema) throws SQLException {
    return db.query(
        """
        select format('create function %s.%%I(%%s) returns %%s language plpgsql'
                      ' as ''begin raise exception ''''the wrong function''''; end''',
                      proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid))
        from pg_proc
        where pronamespace = current_schema()::regnamespace
          and prokind = 'f'
        """
            .formatted(schema));
  }

  private List<String> findingsAfter(String breach) throws SQLException {
    Connection connection = db.session();
    connection.setAutoCommit(false);
    execute(connection, breach);
    List<String> findings = Conventions.findings(connection);
    connection.rollback();
    return findings;
  }

  private String otherSchema() throws SQLException {
    String other = db.name() + "_other";
    db.execute("create schema " + other);
    db.closing(() -> db.execute("drop schema %s cascade".formatted(other)));
    return other;
  }

  private static void await(Connection connection, Duration pause) throws SQLException {
    execute(connection, "select pg_catalog.pg_sleep(%s)".formatted(pause.toMillis() / 1000.0));
  }

  private static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static long count(Connection connection, String table) throws SQLException {
    return Long.parseLong(TestSchema.query(connection, "select count(*) from " + table).get(0));
  }
}
