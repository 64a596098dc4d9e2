package io.jdbcmq.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jdbcmq.embedded.PostgresProcess.PortTakenException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * A real PostgreSQL server that belongs to this process: for tests and demos.
 *
 * <p>The programs come from the class path and are unpacked once per version. The server listens to
 * {@code 127.0.0.1} only, lets everybody on this machine in without a password, and is as durable
 * as PostgreSQL is by default: what was committed survives {@link #kill()}. It is stopped by {@link
 * #close()}, at the latest when this process ends in an orderly way. A server left behind by a
 * killed process is stopped by the next start in the same data directory.
 *
 * <pre>{@code
 * try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
 *     Connection connection = DriverManager.getConnection(server.jdbcUrl())) {
 *   ...
 * }
 * }</pre>
 *
 * <p>For any thread. Methods that start or stop the server wait for each other and block until it
 * is done; they throw {@link EmbeddedPostgresException}.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  static final String USER = "postgres";
  static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

  private final Installation installation;
  private final DataDirectory data;
  private final Map<String, String> settings;
  private final Duration timeout;
  private final Thread closeAtExit = new Thread(this::closeQuietly, "jdbcmq-embedded-close");
  private volatile PostgresProcess process;
  private final int version;
  private boolean closed;

  EmbeddedPostgres(
      Installation installation,
      DataDirectory data,
      PostgresProcess process,
      Map<String, String> settings,
      Duration timeout) {
    this.installation = installation;
    this.data = data;
    this.process = process;
    this.settings = Map.copyOf(settings);
    this.timeout = timeout;
    this.version = askVersion();
    Runtime.getRuntime().addShutdownHook(closeAtExit);
  }

  /** How a server is asked to stop. */
  public enum Mode {
    /** Rolls back what is under way, writes everything to disk, then ends. */
    FAST("INT"),
    /** Ends at once; the next start recovers from the log, as after a crash. */
    IMMEDIATE("QUIT");

    private final String signal;

    Mode(String signal) {
      this.signal = signal;
    }

    String signal() {
      return signal;
    }
  }

  /** A server with default settings in a fresh directory on a free port; change what you need. */
  public static EmbeddedPostgresBuilder builder() {
    return new EmbeddedPostgresBuilder();
  }

  private int askVersion() {
    try (var connection = connect()) {
      return connection.getMetaData().getDatabaseMajorVersion();
    } catch (SQLException e) {
      throw new EmbeddedPostgresException("Asking the server for its version failed", e);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl());
  }

  static String url(int port, String database) {
    return "jdbc:postgresql://127.0.0.1:"
        + port
        + "/"
        + URLEncoder.encode(database, UTF_8)
        + "?user="
        + USER;
  }

  /** JDBC URL of the database {@code postgres}, with the user, usable without a password. */
  public String jdbcUrl() {
    return jdbcUrl(USER);
  }

  /**
   * JDBC URL of a database, with the user, usable without a password.
   *
   * @param database name of the database; it need not exist yet
   */
  public String jdbcUrl(String database) {
    return url(port(), database);
  }

  /** Port on {@code 127.0.0.1}; the same from start to close. */
  public int port() {
    return process.port();
  }

  /** Major version of the server, such as 18. */
  public int version() {
    return version;
  }

  /** Name of the superuser. */
  public String user() {
    return USER;
  }

  /** Where the server keeps its data and its log, {@code server.log}. */
  public Path dataDirectory() {
    return data.path();
  }

  /** Whether the server runs at the moment. */
  public boolean isRunning() {
    return process.isAlive();
  }

  /**
   * Creates an empty database.
   *
   * @param name its name; any text that PostgreSQL takes as an identifier once it is quoted
   * @throws EmbeddedPostgresException if the server refused, for example because it exists
   */
  public void createDatabase(String name) {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("create database \"" + name.replace("\"", "\"\"") + "\"");
    } catch (SQLException e) {
      throw new EmbeddedPostgresException("Creating the database " + name + " failed", e);
    }
  }

  /** Kills the server and all its processes at once (SIGKILL), as a power cut would. */
  public synchronized void kill() {
    run("Killing", process::kill);
  }

  /** Stops the server and returns once it has ended; does nothing if it does not run. */
  public synchronized void stop(Mode mode) {
    run("Stopping", () -> process.stop(mode));
  }

  /** Stops the server fast if it runs, and starts it again on the same port and data. */
  public synchronized void restart() {
    if (closed) {
      throw new IllegalStateException("The server has been closed");
    }
    run(
        "Restarting",
        () -> {
          process.stop(Mode.FAST);
          try {
            process = PostgresProcess.start(installation, data, port(), settings, timeout);
          } catch (PortTakenException e) {
            throw new EmbeddedPostgresException(String.valueOf(e.getMessage()), e);
          }
        });
  }

  /** Stops the server fast, and deletes its data unless a data directory was given. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (Thread.currentThread() != closeAtExit) {
      forgetHook();
    }
    run(
        "Closing",
        () -> {
          try (data) {
            process.stop(Mode.FAST);
          }
        });
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeAtExit);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook will find that there is nothing left to do.
    }
  }

  /** At the end of the process there is nobody left to tell about a failure. */
  private void closeQuietly() {
    try {
      close();
    } catch (RuntimeException e) {
      // The next start in the same directory stops what is left.
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private void run(String what, Step step) {
    try {
      step.run();
    } catch (IOException e) {
      throw new EmbeddedPostgresException(what + " the server in " + data.path() + " failed", e);
    }
  }
}
