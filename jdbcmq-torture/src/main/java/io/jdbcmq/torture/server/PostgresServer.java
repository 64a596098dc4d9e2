package io.jdbcmq.torture.server;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server of the PostgreSQL that is installed on this machine, in a directory and on a port of its
 * own, on {@code 127.0.0.1} only, open to everybody on this machine. For one thread at a time.
 */
public final class PostgresServer implements AutoCloseable {
  static final String USER = "postgres";

  private final ServerUser user = ServerUser.choose();
  private final Path programs;
  private final ServerPlace place;
  private final Path home;
  private final int port = ServerProcess.freePort();
  private @Nullable ServerProcess process;

  private PostgresServer(Path programs, ServerPlace place) {
    this.programs = programs;
    this.place = place;
    this.home = user.directory(place.parent(), "jdbcmq-server-");
  }

  /**
   * Starts an empty server. Blocks until it answers.
   *
   * @param programs directory with {@code initdb} and {@code postgres}
   */
  public static PostgresServer start(Path programs) {
    return start(programs, ServerPlace.usual());
  }

  /** As {@link #start(Path)}, at a place of its own. */
  public static PostgresServer start(Path programs, ServerPlace place) {
    PostgresServer server = new PostgresServer(programs, place);
    try {
      server.run(
          "initdb",
          "-D",
          server.data(),
          "-A",
          "trust",
          "-U",
          USER,
          "-E",
          "UTF8",
          "--locale=C",
          "--wal-segsize=" + server.place.walSegmentMb(),
          "--no-sync");
      server.start();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Starts a standby that follows this server under a name. Blocks until it answers. */
  PostgresServer standby(String name) {
    PostgresServer standby = new PostgresServer(programs, place);
    try {
      standby.run(
          "pg_basebackup",
          "-D",
          standby.data(),
          "-R",
          "-X",
          "stream",
          "--checkpoint=fast",
          "--no-sync",
          "-d",
          "host=127.0.0.1 port=%d user=%s application_name=%s".formatted(port, USER, name));
      standby.start();
      return standby;
    } catch (RuntimeException e) {
      standby.close();
      throw e;
    }
  }

  /** Starts a server that does not run, on the same data and port. Blocks until it answers. */
  public void start() {
    Path log = home.resolve("server.log");
    List<String> command = new ArrayList<>(List.of("env"));
    place.environment().forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(
        List.of(
            programs.resolve("postgres").toString(),
            "-D",
            data(),
            "-c",
            "port=" + port,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=200"));
    ServerProcess started = new ServerProcess(user, user.start(log, command), log);
    process = started;
    started.awaitAnswer(jdbcUrl());
  }

  /** Runs one of the server's programs as the server's user, to its end; what it printed. */
  public String run(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    return user.run(command);
  }

  private String data() {
    return home.resolve("data").toString();
  }

  /** A directory in which the server's programs may write; deleted on close. */
  public Path home() {
    return home;
  }

  /** Port on {@code 127.0.0.1}; always the same. */
  public int port() {
    return port;
  }

  /** JDBC URL of the database {@code postgres}, as the superuser. */
  public String jdbcUrl() {
    return jdbcUrl(USER);
  }

  /** JDBC URL of a database, as the superuser. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s".formatted(port, database, USER);
  }

  /** Runs statements in the database {@code postgres}, each in a transaction of its own. */
  public void execute(String... statements) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new ServerException("Running " + List.of(statements) + " failed", e);
    }
  }

  /** Whether a query without parameters gives a row. */
  public boolean finds(String query) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next();
    } catch (SQLException e) {
      throw new ServerException("Asking " + query + " failed", e);
    }
  }

  /** Makes a standby take writes. Blocks until it does. */
  public void promote() {
    execute("select pg_promote()");
    running().until("the standby is promoted", () -> finds("select where not pg_is_in_recovery()"));
  }

  /** Stops all its processes where they are (SIGSTOP): nothing is answered, nothing closed. */
  public void freeze() {
    running().freeze();
  }

  /** Lets a frozen server go on. */
  public void thaw() {
    running().thaw();
  }

  /** Kills all its processes at once (SIGKILL), frozen or not. */
  public void kill() {
    running().kill();
  }

  /** Whether it was started and has not ended. */
  public boolean isAlive() {
    return running().isAlive();
  }

  ServerProcess running() {
    ServerProcess started = process;
    if (started == null) {
      throw new IllegalStateException("The server was not started");
    }
    return started;
  }

  /** Stops the server and deletes its data. */
  @Override
  public void close() {
    ServerProcess started = process;
    if (started != null) {
      started.stop("INT");
    }
    ServerUser.delete(home);
  }
}
