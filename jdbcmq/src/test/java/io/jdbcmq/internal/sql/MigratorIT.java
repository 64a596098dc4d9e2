package io.jdbcmq.internal.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.Catalogue;
import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.LogCapture;
import io.jdbcmq.testing.TestSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Whatever brings a schema up to date, the outcome is the same. */
class MigratorIT {
  private static final Path UNINSTALL =
      Path.of("src", "main", "resources", "io", "jdbcmq", "uninstall.sql");
  private static final int KNOWN = Migrator.files().size();

  @RegisterExtension final TestSchema db = new TestSchema();

  /** A schema that does not exist yet. */
  private String fresh;

  @BeforeEach
  void nameASchema() {
    fresh = db.name() + "_fresh";
    db.closing(() -> db.execute("drop schema if exists \"%s\" cascade".formatted(fresh)));
  }

  /** Otherwise the comparisons below would show nothing. */
  @Test
  void theCatalogueTellsSchemasApartThatDifferInAnything() throws Exception {
    List<String> last = catalogue(db.name());
    for (String change :
        List.of(
            "alter table mq_jobs alter column priority set default 1",
            "alter table mq_jobs alter column job_name type text collate \"POSIX\"",
            "alter table mq_jobs alter column payload_bytes set storage external",
            "alter table mq_dead alter column jitter set not null",
            "alter table mq_ready set (fillfactor = 50)",
            "alter table mq_ready rename constraint mq_ready_pkey to mq_ready_key",
            "create index mq_ready_round on mq_ready (round)",
            "alter table mq_delayed add constraint mq_delayed_c check (run_at > '-infinity')",
            "alter sequence mq_seq cache 10",
            "comment on column mq_ready.token is 'another'",
            "comment on function mq_topic() is 'another'",
            "alter function mq_topic() reset jit",
            "alter function mq_topic() security definer",
            "create or replace function mq_now() returns timestamptz language sql as 'select now()'",
            "create function mq_now(int) returns int language sql as 'select 1'",
            "create table mq_more (id int)",
            "revoke all on mq_jobs from public",
            "delete from mq_stripes where stripe = 1023",
            "update mq_migrations set oldest_library = 1 where version = 2",
            "delete from mq_migrations where version = 1")) {
      db.execute(change);
      assertThat(catalogue(db.name())).as(change).isNotEqualTo(last);
      last = catalogue(db.name());
    }
    db.execute("insert into mq_stripes (stripe) values (1023)"); // the audit counts them
  }

  // By the library.

  @ParameterizedTest
  @EnumSource
  void fiveAtOnceRunEachMigrationOnce(Isolation isolation) throws Exception {
    PGSimpleDataSource dataSource = db.direct();
    dataSource.setOptions(
        "-c default_transaction_isolation=" + isolation.sql().replace(" ", "\\ "));
    CyclicBarrier start = new CyclicBarrier(5);
    ExecutorService threads = Executors.newFixedThreadPool(5);
    db.closing(threads::shutdownNow);
    List<Future<List<String>>> migrations = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      migrations.add(
          threads.submit(
              () -> {
                start.await(20, SECONDS);
                return queue(dataSource).migrate();
              }));
    }

    List<String> ran = new ArrayList<>();
    for (Future<List<String>> migration : migrations) {
      ran.addAll(migration.get(60, SECONDS));
    }

    assertThat(ran).containsExactlyElementsOf(Migrator.files());
    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
  }

  @Test
  void thereIsNothingToDoASecondTime() throws Exception {
    List<String> before = db.query("select migration::text from mq_migrations as migration");

    assertThat(db.queue().migrate()).isEmpty();
    assertThat(db.queue().migrationScript()).isEmpty();

    assertThat(db.query("select migration::text from mq_migrations as migration"))
        .isEqualTo(before);
  }

  // A newer schema: the old version of an application goes on, restarts and scales out while the
  // new one is rolled out.

  @Test
  void aNewerSchemaIsLeftAsItIs() throws Exception {
    finish("%d, 'later'".formatted(KNOWN + 1));
    List<String> before = catalogue(db.name());

    try (LogCapture log = new LogCapture()) {
      assertThat(db.queue().migrate()).isEmpty();
      assertThat(db.queue().migrationScript()).isEmpty();

      assertThat(log.written(Level.INFO))
          .filteredOn(line -> line.contains("schema " + db.name()))
          .singleElement(STRING)
          .startsWith("INFO")
          .contains("is at version %d, this library knows %d".formatted(KNOWN + 1, KNOWN));
    }
    assertThat(catalogue(db.name())).isEqualTo(before);
    assertThatJobsRun(db.queue());
  }

  @Test
  void anOlderLibraryLeavesTheSchemaAsItIs() throws Exception {
    for (int known = 1; known < KNOWN; known++) {
      Migrator older = new Migrator(db.schema(), Migrator.files().subList(0, known));
      try (Connection connection = db.direct().getConnection()) {
        assertThat(older.migrate(connection)).isEmpty();
        assertThat(older.script(connection)).isEmpty();
        older.requireCurrent(connection);
      }
    }
  }

  @Test
  void aSchemaThatNeedsThisLibraryIsLeftAsItIs() throws Exception {
    finish("%d, 'later', %d".formatted(KNOWN + 1, KNOWN));

    assertThat(db.queue().migrate()).isEmpty();
    assertThatJobsRun(db.queue());
  }

  @Test
  void aSchemaThatNeedsANewerLibraryIsRefused() throws Exception {
    finish("%d, 'later', %d".formatted(KNOWN + 1, KNOWN));
    finish("%d, 'incompatible', %d".formatted(KNOWN + 2, KNOWN + 1));
    finish("%d, 'last'".formatted(KNOWN + 3));

    assertIsRefused(
        "schema %s is at version %d and needs a library that knows version %d, this one knows %d: use a newer version of the library"
            .formatted(db.name(), KNOWN + 3, KNOWN + 1, KNOWN));
  }

  /** It would come after what was made to follow it. */
  @Test
  void aNewerSchemaThatLacksAMigrationIsRefused() throws Exception {
    finish("%d, 'later'".formatted(KNOWN + 1));
    db.execute("delete from mq_migrations where version = 5");

    assertIsRefused(
        "schema %s is at version %d but lacks V0005__fail.sql: find out who has left it out, or deleted its row in mq_migrations"
            .formatted(db.name(), KNOWN + 1));
  }

  @Test
  void aMigrationOfAnotherTextIsRefusedInANewerSchemaToo() throws Exception {
    finish("%d, 'later'".formatted(KNOWN + 1));
    db.execute("update mq_migrations set checksum = repeat('0', 64) where version = 3");

    assertThatThrownBy(db.queue()::migrate)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("another text of V0003__claim.sql");
  }

  private void finish(String arguments) throws SQLException {
    db.execute("call mq_finish_migration(" + arguments + ")");
  }

  private void assertIsRefused(String message) {
    assertThatThrownBy(db.queue()::migrate).isInstanceOf(SchemaException.class).hasMessage(message);
    assertThatThrownBy(db.queue()::migrationScript)
        .isInstanceOf(SchemaException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> runner(db.queue()))
        .isInstanceOf(SchemaException.class)
        .hasMessage(message);
  }

  /** Before the first release migrations still change. */
  @Test
  void aSchemaFromBeforeThereWasAColumnForTheOldestLibraryIsToldToBeOfAnotherText()
      throws Exception {
    db.execute("alter table mq_migrations drop column oldest_library");
    db.execute("update mq_migrations set checksum = repeat('0', 64) where version = 1");

    assertThatThrownBy(db.queue()::migrate)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("another text of V0001__create_tables.sql");
  }

  @Test
  void aMigrationOfAnotherTextIsRefused() throws Exception {
    db.execute("update mq_migrations set checksum = repeat('0', 64) where version = 3");

    assertThatThrownBy(db.queue()::migrate)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("another text of V0003__claim.sql");
  }

  @Test
  void anOlderSchemaRefusesARunnerAndIsBroughtUpToDate() throws Exception {
    Migrator migrator = new Migrator(new Schema(fresh));
    try (Connection connection = db.direct().getConnection()) {
      migrator.migrate(connection);
    }
    // As if its last migration, which only added functions, had not run yet.
    int last = Migrator.files().size();
    inFresh("delete from mq_migrations where version = " + last);
    inFresh("drop function mq_send; drop function mq_ms; drop function mq_uuid_v7");

    assertThatThrownBy(() -> runner(queue(db.direct())))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining(
            "schema %s is at version %d, this library needs %d: call queue.migrate()"
                .formatted(fresh, last - 1, last));
    assertThat(queue(db.direct()).migrate()).containsExactly(Migrator.files().get(last - 1));
    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
  }

  @Test
  void aFailedMigrationLeavesNothingBehind() throws Exception {
    db.execute("create schema \"%s\"".formatted(fresh));
    inFresh("create table mq_dead (mine int)");

    assertThatThrownBy(queue(db.direct())::migrate)
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("mq_dead");

    assertThat(relations(fresh)).containsExactly("mq_dead");
  }

  @Test
  void aRoleThatMayNotCreateSchemasMigratesOneOfItsOwn() throws Exception {
    String role = db.name() + "_role";
    db.execute("create role " + role);
    db.closing(() -> db.execute("drop owned by %s cascade; drop role %s".formatted(role, role)));
    assertThat(
            db.query(
                "select has_database_privilege('%s', current_database(), 'create')"
                    .formatted(role)))
        .containsExactly("f");
    PGSimpleDataSource dataSource = db.direct();
    dataSource.setOptions("-c role=" + role);
    JobQueue queue = queue(dataSource);

    assertThatThrownBy(queue::migrate)
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("permission denied");

    db.execute("create schema \"%s\" authorization %s".formatted(fresh, role));
    assertThat(queue.migrate()).isEqualTo(Migrator.files());
    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
    assertThatJobsRun(queue);
  }

  // By hand.

  @Test
  void theScriptDoesTheSame() throws Exception {
    String script = queue(db.direct()).migrationScript();
    assertThat(relations(fresh)).isEmpty();

    db.execute(script);

    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
    assertThat(queue(db.direct()).migrate()).isEmpty();
    assertThatJobsRun(queue(db.direct()));
  }

  @Test
  void theScriptForAnExistingSchemaDoesTheSame() throws Exception {
    db.execute("create schema \"%s\"".formatted(fresh));

    db.execute(queue(db.direct()).migrationScript());

    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
  }

  // By Flyway.

  @Test
  void flywayDoesTheSame() throws Exception {
    flyway("latest");

    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
    assertThat(searchPathsOfFunctions(fresh))
        .containsExactly("search_path=pg_catalog, %s, pg_temp".formatted(fresh));
    assertThat(queue(db.direct()).migrate()).isEmpty();
    assertThatJobsRun(queue(db.direct()));
  }

  @Test
  void theLibraryGoesOnWhereFlywayStopped() throws Exception {
    flyway("3");

    assertThat(queue(db.direct()).migrate())
        .containsExactlyElementsOf(Migrator.files().subList(3, Migrator.files().size()));

    assertThat(catalogue(fresh)).isEqualTo(catalogue(db.name()));
  }

  // And away with it.

  @Test
  void uninstallingLeavesNothingOfTheQueueAndAllOfTheUsers() throws Exception {
    db.queue().send(JobRequest.of("job"));
    queue(db.direct()).migrate();
    queue(db.direct()).send(List.of(JobRequest.of("job"), JobRequest.of("job").priority(1)));
    inFresh("create table orders (job_id uuid)");
    inFresh("insert into orders (job_id) select id from mq_jobs");
    inFresh("create table mqueue (id serial, orders orders)");
    inFresh("create view ordered as select count(*) from orders");
    inFresh("create function mqnow() returns int language sql as 'select 1'");
    List<String> others = catalogue(db.name());

    inFresh(Files.readString(UNINSTALL));

    assertThat(relations(fresh))
        .containsExactlyInAnyOrder("orders", "mqueue", "mqueue_id_seq", "ordered");
    assertThat(
            db.query(
                "select proname from pg_proc where pronamespace = '%s'::regnamespace"
                    .formatted(fresh)))
        .containsExactly("mqnow");
    assertThat(db.query("select count from %s.ordered".formatted(fresh))).containsExactly("2");
    assertThat(catalogue(db.name())).isEqualTo(others);
    assertThat(db.count("mq_jobs")).isEqualTo(1);

    // From there on as in a new schema.
    queue(db.direct()).migrate();
    assertThat(catalogue(fresh)).isEqualTo(others);
  }

  private JobQueue queue(DataSource dataSource) {
    return JobQueue.builder(dataSource).schema(fresh).build();
  }

  private void flyway(String target) {
    Flyway.configure()
        .dataSource(db.direct())
        .defaultSchema(fresh)
        .locations("classpath:io/jdbcmq/migrations")
        .target(target)
        .load()
        .migrate();
  }

  private void inFresh(String sql) throws SQLException {
    try (Connection connection = db.direct().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"%s\"".formatted(fresh));
      statement.execute(sql);
    }
  }

  private List<String> catalogue(String schema) throws SQLException {
    return Catalogue.of(db.direct(), schema);
  }

  private List<String> relations(String schema) throws SQLException {
    return db.query(
        "select relname from pg_class where relnamespace = to_regnamespace('%s')"
            .formatted(schema));
  }

  private List<String> searchPathsOfFunctions(String schema) throws SQLException {
    return db.query(
        """
        select distinct setting
        from pg_proc as routine
        left join unnest(routine.proconfig) as setting on setting like 'search\\_path=%%'
        where routine.pronamespace = '%s'::regnamespace
          and routine.prokind = 'f'
          and routine.proname not in ('mq_now', 'mq_check_job')
        """
            .formatted(schema));
  }

  private static JobRunner runner(JobQueue queue) {
    return queue.runner(JobRegistry.builder().handle("job", job -> {}).build()).start();
  }

  private static void assertThatJobsRun(JobQueue queue) {
    try (JobRunner runner = runner(queue)) {
      UUID id = queue.send(JobRequest.of("job")).id();
      await().atMost(20, SECONDS).until(() -> queue.find(id).isEmpty());
      assertThat(runner).isNotNull();
    }
  }
}
