package io.jdbcmq.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.internal.sql.Schema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Gives each test a migrated schema of its own on a real server that all tests share, and audits
 * the schema at the end of each test.
 */
public final class TestSchema implements BeforeEachCallback, AfterEachCallback {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static volatile Companion companion = Companion.NONE;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final ReentrantLock looking = new ReentrantLock();
  private @Nullable Connection kept;
  private String name = "";
  private HikariDataSource pool;

  /**
   * Has somebody look after each schema from now on: for mutation tests only. Nobody does
   * otherwise, whatever the settings are.
   */
  public static void accompany(Companion by) {
    companion = by;
  }

  /** Whether the server was started by the tests, and belongs to them. */
  public static boolean isServerOwn() {
    return Shared.SERVER.isEmbedded();
  }

  /** One that no extension surrounds; to be closed. */
  public static TestSchema open() {
    TestSchema schema = new TestSchema();
    schema.create();
    return schema;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    create();
  }

  private void create() {
    name = "t" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    pool = poolOf(direct());
    queue().migrate();
    companion.migrated(this);
  }

  /** A pool of at most 20 connections, which opens them when they are needed; to be closed. */
  static HikariDataSource poolOf(DataSource source) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setMaximumPoolSize(20);
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    drop(context.getExecutionException().isEmpty());
  }

  /** Audits and drops it. */
  public void close() throws Exception {
    drop(true);
  }

  private void drop(boolean audits) throws Exception {
    List<String> findings = new ArrayList<>();
    try {
      for (int i = opened.size() - 1; i >= 0; i--) {
        opened.get(i).close();
      }
      companion.ending(this);
      if (audits) {
        findings = Audit.findings(direct(), name);
      }
      execute("drop schema if exists \"" + name + "\" cascade");
    } finally {
      closeKeptSession();
      pool.close();
      opened.clear();
    }
    if (!findings.isEmpty()) {
      throw new AssertionError("the audit of the schema found: " + String.join("; ", findings));
    }
  }

  private void closeKeptSession() throws SQLException {
    looking.lock();
    try {
      if (kept != null) {
        kept.close();
        kept = null;
      }
    } finally {
      looking.unlock();
    }
  }

  /** Closes this after the test, before the audit. */
  public <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  public String name() {
    return name;
  }

  public Schema schema() {
    return new Schema(name);
  }

  /** A pool of 20 connections. */
  public DataSource pool() {
    return pool;
  }

  /** Where the server is, for another process. */
  public String jdbcUrl() {
    return Shared.SERVER.jdbcUrl();
  }

  /** Connections that are not pooled. In one run of the suite none of them notifies anybody. */
  public PGSimpleDataSource direct() {
    PGSimpleDataSource source = Shared.SERVER.dataSource();
    if (Boolean.getBoolean("jdbcmq.test.notificationsLost")) {
      source.setOptions("-c jdbcmq.notify=off");
    }
    return source;
  }

  /** A queue on the pool, with direct connections for heartbeat and listener. */
  public JobQueue queue() {
    return JobQueue.builder(pool).direct(direct()).schema(name).build();
  }

  /** A session of its own whose search_path is the schema; closed after the test. */
  public Connection session() throws SQLException {
    return closing(openSession());
  }

  public void execute(String sql) throws SQLException {
    try (Connection connection = openSession();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of all rows, as text. */
  public List<String> query(String sql) throws SQLException {
    if (!looking.tryLock()) { // by another thread, which may have to wait for something
      try (Connection connection = openSession()) {
        return query(connection, sql);
      }
    }
    try {
      return query(keptSession(), sql);
    } finally {
      looking.unlock();
    }
  }

  /** A session that has found its way around is much quicker than a new one. */
  private Connection keptSession() throws SQLException {
    Connection session = kept;
    if (session == null || !session.isValid(5)) {
      session = openSession();
      kept = session;
    }
    return session;
  }

  private Connection openSession() throws SQLException {
    Connection connection = direct().getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + name + "\", pg_temp");
    }
    return connection;
  }

  /** The first column of all rows, as text, as its transaction sees it. */
  public static List<String> query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  public long count(String table) throws SQLException {
    return Long.parseLong(query("select count(*) from " + table).get(0));
  }

  /** Who looks after each schema. */
  public interface Companion {
    /** Does nothing. */
    Companion NONE = new Companion() {};

    /** Once it has its functions, before the test. */
    default void migrated(TestSchema schema) {}

    /** After the test, before the audit. */
    default void ending(TestSchema schema) {}
  }

  /** Started by the first test, stopped with the JVM. */
  private static final class Shared {
    static final DatabaseServer SERVER =
        DatabaseServer.fromEnvironmentOr(
            EmbeddedPostgres.builder().setting("max_prepared_transactions", "10"));
  }
}
