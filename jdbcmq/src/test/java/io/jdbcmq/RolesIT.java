package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.TestSchema;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What the roles of roles.sql may do, each alone. */
class RolesIT {
  private static final Set<String> SENDER =
      Set.of(
          "mq_send",
          "mq_send_v1",
          "mq_send_one_v1",
          "mq_commit_v1",
          "mq_extend_v1",
          "mq_exists_v1");
  private static final Set<String> RUNNER =
      Set.of(
          "mq_register_runner_v1",
          "mq_heartbeat_v1",
          "mq_retire_runner_v1",
          "mq_rescue_v1",
          "mq_topic",
          "mq_claim_v1",
          "mq_claims_v1",
          "mq_lost_v1",
          "mq_resolve_v1",
          "mq_complete_v1",
          "mq_complete_or_raise_v1",
          "mq_fail_v1",
          "mq_hand_back_v1",
          "mq_snooze_v1",
          "mq_snooze_or_raise_v1",
          "mq_give_up_or_raise_v1",
          "mq_checkpoint_v1");
  private static final Set<String> VIEWER =
      Set.of(
          "mq_exists_v1",
          "mq_find_v1",
          "mq_errors_v1",
          "mq_unknown_v1",
          "mq_paused_v1",
          "mq_blocked_v1",
          "mq_stats_v1",
          "mq_vacuum_v1");
  private static final Set<String> ADMIN =
      Stream.concat(
              VIEWER.stream(),
              Stream.of(
                  "mq_cancel_v1",
                  "mq_clear_v1",
                  "mq_dead_v1",
                  "mq_redrive_v1",
                  "mq_discard_v1",
                  "mq_pause_v1",
                  "mq_resume_v1",
                  "mq_unblock_v1"))
          .collect(Collectors.toSet());

  private static final String EVERY_STATEMENT =
      """
      select format(
        '%s %I(%s)', case prokind when 'p' then 'call' else 'select' end, proname,
        (select string_agg('null::' || format_type(argument, null), ', ' order by position)
         from unnest(proargtypes) with ordinality as given (argument, position)))
      from pg_proc
      where pronamespace = current_schema()::regnamespace
      union all
      select format(statement, relname)
      from pg_class,
        unnest(array['select * from %I', 'insert into %I default values', 'delete from %I',
                     'truncate %I', 'lock table %I in share mode']) as statement
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')
      union all
      select format(statement, attname, relname)
      from pg_class
      join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped,
        unnest(array['select %1$I from %2$I', 'update %2$I set %1$I = null']) as statement
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')
      union all
      select format('select nextval(%L)', relname) from pg_class
      where relnamespace = current_schema()::regnamespace and relkind = 'S'
      """;

  /** Not for viewers: what senders wrote. */
  private static final Set<String> SECRET =
      Set.of("payload_json", "payload_bytes", "headers", "unique_key");

  private static final Set<String> TABLES_OF_VIEWERS =
      Set.of(
          "mq_ready",
          "mq_delayed",
          "mq_parked",
          "mq_claims",
          "mq_runners",
          "mq_groups",
          "mq_paused",
          "mq_low_water",
          "mq_wakes",
          "mq_migrations");

  @RegisterExtension final TestSchema db = new TestSchema();

  @BeforeEach
  void grant() throws Exception {
    db.closing(this::dropRoles);
    try (var script = JobQueue.class.getResourceAsStream("roles.sql")) {
      String roles = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      db.execute(roles);
      db.execute(roles); // again, as after a migration
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sender", "runner", "viewer", "admin", "nobody"})
  void aRoleMayExecuteItsFunctionsOnly(String role) throws Exception {
    db.execute("create role %s_nobody".formatted(db.name()));

    List<String> allowed =
        db.query(
            """
            select distinct proname from pg_proc
            where pronamespace = current_schema()::regnamespace
              and has_function_privilege('%s_%s', oid, 'execute')
            """
                .formatted(db.name(), role));

    assertThat(allowed).containsExactlyInAnyOrderElementsOf(functions(role));
  }

  /** Each role on each function, table, column and sequence that there is. */
  @ParameterizedTest
  @ValueSource(strings = {"sender", "runner", "viewer", "admin", "nobody"})
  void whateverElseThereIsIsRefused(String role) throws Exception {
    db.execute(
        "create role %1$s_nobody; grant usage on schema %1$s to %1$s_nobody".formatted(db.name()));
    List<String> refused = new ArrayList<>();
    List<String> notRefused = new ArrayList<>();
    try (Connection connection = session(role)) {
      connection.setAutoCommit(false);
      for (String statement : db.query(EVERY_STATEMENT)) {
        if (functions(role).stream().noneMatch(name -> statement.contains(" " + name + "("))) {
          (isRefused(connection, statement) ? refused : notRefused).add(statement);
        }
      }
    }
    assertThat(notRefused).containsExactlyInAnyOrderElementsOf(readings(role));
    assertThat(refused).hasSizeGreaterThan(100);
  }

  private static boolean isRefused(Connection connection, String statement) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      execute(connection, statement);
      return false;
    } catch (SQLException e) {
      return e.getSQLState().equals("42501");
    } finally {
      connection.rollback(before);
    }
  }

  /** The statements of the matrix that a role may use, but for functions. */
  private List<String> readings(String role) throws SQLException {
    return switch (role) {
      case "runner" -> columns(Set.of("mq_migrations"));
      case "viewer", "admin" -> {
        List<String> all = new ArrayList<>(columns(TABLES_OF_VIEWERS));
        all.addAll(
            columns(Set.of("mq_jobs", "mq_dead")).stream()
                .filter(text -> !text.contains("*"))
                .filter(text -> SECRET.stream().noneMatch(text::contains))
                .toList());
        yield all;
      }
      default -> List.of();
    };
  }

  private List<String> columns(Set<String> tables) throws SQLException {
    return db.query(EVERY_STATEMENT).stream()
        .filter(text -> text.startsWith("select "))
        .filter(text -> tables.stream().anyMatch(table -> text.endsWith(" from " + table)))
        .toList();
  }

  /** Every function that belongs to a role is there, and runs with the rights of its owner. */
  @Test
  void noFunctionIsMissedAndNoInternalOneIsPrivileged() throws Exception {
    assertThat(
            db.query(
                "select distinct proname from pg_proc where prosecdef and pronamespace = current_schema()::regnamespace"))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(SENDER, RUNNER, ADMIN).flatMap(Set::stream).collect(Collectors.toSet()));
    assertThat(
            db.query(
                """
                select proname from pg_proc
                where pronamespace = current_schema()::regnamespace and prosecdef
                  and not coalesce(proconfig::text like '%search_path%', false)
                """))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sender | select * from mq_clear_v1(null)",
        "sender | select * from mq_find_v1(gen_random_uuid())",
        "sender | select id from mq_jobs",
        "sender | insert into mq_ready default values",
        "sender | select mq_make_ready(null, null, null, null, null, null)",
        "runner | select mq_send('job')",
        "runner | select payload_json from mq_jobs",
        "runner | select * from mq_dead_v1(null, null, 10)",
        "runner | delete from mq_claims",
        "viewer | select payload_json from mq_jobs",
        "viewer | select headers from mq_jobs",
        "viewer | select unique_key from mq_dead",
        "viewer | select payload_bytes from mq_dead",
        "viewer | select * from mq_dead_v1(null, null, 10)",
        "viewer | select * from mq_cancel_v1(array[gen_random_uuid()])",
        "viewer | select * from mq_claim_v1(gen_random_uuid(), null, '', 1, 0)",
        "admin | select mq_send('job')",
        "admin | update mq_jobs set attempt = 1",
        "admin | select payload_json from mq_jobs"
      })
  void whatARoleMayNotIsRefused(String role, String statement) throws Exception {
    try (Connection connection = session(role)) {
      assertThatThrownBy(() -> execute(connection, statement))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sender | select mq_send('job', '{}', p_ordered => true, p_unique_key => 'k')",
        "viewer | select count(*), min(created_at), max(job_name) from mq_jobs",
        "viewer | select count(*) from mq_ready",
        "viewer | select * from mq_blocked_v1(10)",
        "admin | select mq_pause_v1('{default}')",
        "admin | select * from mq_dead_v1(null, null, 10)",
        "admin | select mq_clear_v1(null)"
      })
  void whatARoleMayWorks(String role, String statement) throws Exception {
    try (Connection connection = session(role)) {
      execute(connection, statement);
    }
  }

  @Test
  void anApplicationRunsWithTheRolesOfSenderAndRunner() throws Exception {
    String user = db.name() + "_app";
    db.execute(
        "create role %1$s login in role %2$s_sender, %2$s_runner".formatted(user, db.name()));
    PGSimpleDataSource source = db.direct();
    source.setUser(user);
    JobQueue queue = JobQueue.builder(source).schema(db.name()).build();
    CountDownLatch done = new CountDownLatch(2);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle("plain", job -> done.countDown())
            .handleInTransaction(
                "transactional",
                (job, connection) -> {
                  queue.send(connection, JobRequest.of("plain"));
                  done.countDown();
                })
            .build();

    try (JobRunner runner = queue.runner(jobs).start()) {
      queue.send(JobRequest.of("transactional").ordered());
      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(runner.id()).isPresent();
    }
    assertThat(db.count("mq_jobs")).isZero();
  }

  /** The row-level security of the application's own tables. */
  @Test
  void policiesOfTheApplicationHoldInHandlers() throws Exception {
    String user = db.name() + "_app";
    db.execute(
        """
        create role %1$s login in role %2$s_sender, %2$s_runner, %2$s_viewer;
        create table effects (tenant text);
        alter table effects enable row level security;
        create policy own on effects using (tenant = current_setting('app.tenant'));
        grant select, insert on effects to %1$s
        """
            .formatted(user, db.name()));
    PGSimpleDataSource source = db.direct();
    source.setUser(user);
    JobQueue queue = JobQueue.builder(source).schema(db.name()).build();
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                Jobs.NAME,
                (job, connection) -> {
                  execute(connection, "select set_config('app.tenant', 'a', true)");
                  execute(
                      connection,
                      "insert into %s.effects values ('%s')"
                          .formatted(db.name(), job.channel().args()));
                })
            .build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      assertThat(runner.id()).isPresent();
      JobRequest request = JobRequest.of(Jobs.NAME).retry(RetryPolicy.never());
      UUID own = queue.send(request.channel("tenants", "a")).id();
      UUID foreign = queue.send(request.channel("tenants", "b")).id();
      assertThat(Jobs.awaitState(queue, foreign, JobState.DEAD).failedAttempts().get(0).error())
          .contains("row-level security");
      Jobs.awaitGone(queue, own);
    }
    assertThat(db.query("select tenant from effects")).containsExactly("a");
  }

  private static Set<String> functions(String role) {
    return switch (role) {
      case "sender" -> SENDER;
      case "runner" -> RUNNER;
      case "viewer" -> VIEWER;
      case "admin" -> ADMIN;
      default -> Set.of();
    };
  }

  private Connection session(String role) throws SQLException {
    Connection connection = db.direct().getConnection();
    execute(connection, "set search_path = \"%s\", pg_temp".formatted(db.name()));
    execute(connection, "set role %s_%s".formatted(db.name(), role));
    return connection;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void dropRoles() throws SQLException {
    for (String role :
        db.query(
            "select rolname from pg_roles where rolname like '%s\\_%%'".formatted(db.name()))) {
      db.execute("drop owned by %1$s; drop role %1$s".formatted(role));
    }
  }
}
