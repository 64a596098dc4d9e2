package io.jdbcmq.torture.site;

import io.jdbcmq.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server that follows another one, through a proxy, until it is promoted and takes its place. For
 * one thread at a time.
 */
final class Standby implements AutoCloseable {
  private static final String NAME = "standby";
  private static final String WAITING =
      "select from pg_stat_activity where wait_event = 'SyncRep' and application_name = '%s'";
  private static final String COMMITTING = "committing";
  private static final long POLL_MS = 10;
  private static final long TIMEOUT_NANOS = 60_000_000_000L;

  private final EmbeddedPostgres primary;
  private final Path home;
  private final Proxy link;
  private final Thread closeAtExit = new Thread(this::end, "standby");
  private volatile @Nullable EmbeddedPostgres started;

  private Standby(EmbeddedPostgres primary, Path home) {
    this.primary = primary;
    this.home = home;
    this.link = new Proxy(primary.port());
    Runtime.getRuntime().addShutdownHook(closeAtExit);
  }

  /** Copies a server and starts the copy. Blocks until that follows, and can be asked. */
  static Standby of(EmbeddedPostgres primary) throws Exception {
    UserPrincipal owner = Files.getOwner(primary.dataDirectory());
    Path home = Files.createTempDirectory("jdbcmq-standby-");
    Files.setOwner(home, owner);
    Standby standby = new Standby(primary, home);
    try {
      Path data = home.resolve("data");
      // Keeps the log from now on, however long the copy takes.
      standby.onPrimary("select pg_create_physical_replication_slot('%s', true)".formatted(NAME));
      BaseBackup.copy(primary, data);
      standby.follow(data, owner);
      standby.started = EmbeddedPostgres.builder().dataDirectory(data).start();
      standby.until(
          "the standby follows",
          () -> standby.primaryFinds("select from pg_stat_replication where state = 'streaming'"));
      return standby;
    } catch (Exception e) {
      standby.close();
      throw e;
    }
  }

  private void follow(Path data, UserPrincipal owner) throws IOException {
    Files.writeString(
        data.resolve("postgresql.auto.conf"),
        """
        primary_conninfo = 'host=127.0.0.1 port=%d user=%s application_name=%s'
        primary_slot_name = '%s'
        """
            .formatted(link.port(), primary.user(), NAME, NAME),
        StandardOpenOption.APPEND);
    Path signal = Files.createFile(data.resolve("standby.signal"));
    Files.setOwner(signal, owner);
  }

  /**
   * Lets commits on the primary wait until the standby has them. Returns when they certainly do:
   * what has committed by then is on the standby, and so is what is answered from then on.
   */
  void makeSynchronous() throws Exception {
    onPrimary("alter system set synchronous_standby_names = '%s'".formatted(NAME));
    onPrimary("select pg_reload_conf()");
    // The setting is seen before all heed it, and a commit may be too quick to be seen waiting.
    link.delay(50_000_000);
    until("commits wait for the standby", this::isWaitedFor);
    link.heal();
  }

  private boolean isWaitedFor() throws Exception {
    CompletableFuture<Void> commit =
        CompletableFuture.runAsync(
            () -> {
              try {
                execute(
                    primary.jdbcUrl() + "&ApplicationName=" + COMMITTING,
                    "select pg_logical_emit_message(true, 'standby', 'committed')");
              } catch (SQLException e) {
                throw new CompletionException(e);
              }
            });
    AtomicBoolean waited = new AtomicBoolean();
    until(
        "a commit has reached the standby",
        () -> {
          waited.compareAndSet(false, primaryFinds(WAITING.formatted(COMMITTING)));
          return commit.isDone();
        });
    commit.join();
    return waited.get();
  }

  /** What goes to the standby and comes from it. */
  Proxy link() {
    return link;
  }

  /** The server that follows, or that was promoted. */
  EmbeddedPostgres server() {
    EmbeddedPostgres server = started;
    if (server == null) {
      throw new IllegalStateException("the standby has not been started");
    }
    return server;
  }

  /** Makes it a primary. Blocks until it takes writes. */
  void promote() throws SQLException {
    String url = server().jdbcUrl();
    if (!finds(url, "select where pg_promote()")) {
      throw new IllegalStateException("the standby was not promoted in time");
    }
    execute(url, "alter system reset primary_conninfo");
    execute(url, "alter system reset primary_slot_name");
    link.close();
  }

  /** Stops it, and deletes its data. */
  @Override
  public void close() {
    try {
      if (Runtime.getRuntime().removeShutdownHook(closeAtExit)) {
        end();
      }
    } catch (IllegalStateException e) {
      // This process is about to end: the hook does it.
    }
  }

  private void end() {
    link.close();
    EmbeddedPostgres server = started;
    if (server != null) {
      server.close();
    }
    try {
      delete(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a folder with all that is in it; links are not followed. */
  static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private void until(String what, Condition condition) throws Exception {
    long begun = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - begun > TIMEOUT_NANOS) {
        throw new TimeoutException("waited in vain until " + what + "; see " + home);
      }
      Thread.sleep(POLL_MS);
    }
  }

  private void onPrimary(String sql) throws SQLException {
    execute(primary.jdbcUrl(), sql);
  }

  private boolean primaryFinds(String query) throws SQLException {
    return finds(primary.jdbcUrl(), query);
  }

  private static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean finds(String url, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next();
    }
  }
}
