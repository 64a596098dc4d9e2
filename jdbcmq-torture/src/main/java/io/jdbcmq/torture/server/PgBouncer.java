package io.jdbcmq.torture.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * PgBouncer in transaction mode before a server: a client has one of a few server connections for
 * the length of a transaction. On {@code 127.0.0.1} and a free port. For one thread at a time.
 */
public final class PgBouncer implements AutoCloseable {
  private final ServerUser user = ServerUser.choose();
  private final Path program;
  private final Path home = user.directory(ServerPlace.usual().parent(), "jdbcmq-pooler-");
  private final int port = ServerProcess.freePort();
  private final Thread closeAtExit = new Thread(this::end, "pooler");
  private ServerProcess process;

  private PgBouncer(Path program, int serverPort, int connections) {
    this.program = program;
    try {
      writeSettings(serverPort, connections);
      this.process = run();
    } catch (IOException e) {
      throw new ServerException("Writing the settings of PgBouncer failed", e);
    }
    Runtime.getRuntime().addShutdownHook(closeAtExit);
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param program the pooler's, see {@link ServerPrograms#PGBOUNCER}
   * @param serverPort of the server on {@code 127.0.0.1}
   * @param connections to the server, at most, for each database and user
   */
  public static PgBouncer start(Path program, int serverPort, int connections) {
    PgBouncer pooler = new PgBouncer(program, serverPort, connections);
    try {
      pooler.process.awaitAnswer(pooler.jdbcUrl(""));
      return pooler;
    } catch (RuntimeException e) {
      pooler.close();
      throw e;
    }
  }

  private void writeSettings(int serverPort, int connections) throws IOException {
    Path users = home.resolve("users.txt");
    Files.writeString(users, "\"%s\" \"\"%n".formatted(PostgresServer.USER), UTF_8);
    user.own(users);
    Path settings = settings();
    Files.writeString(
        settings,
        """
        [databases]
        * = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = trust
        auth_file = %s
        pool_mode = transaction
        default_pool_size = %d
        max_client_conn = 200
        server_login_retry = 1
        ignore_startup_parameters = extra_float_digits
        """
            .formatted(serverPort, port, users, connections),
        UTF_8);
    user.own(settings);
  }

  private Path settings() {
    return home.resolve("pgbouncer.ini");
  }

  private ServerProcess run() {
    Path log = home.resolve("pgbouncer.log");
    return new ServerProcess(
        user, user.start(log, List.of(program.toString(), settings().toString())), log);
  }

  /** Kills it, with all connections through it, and starts it again on the same port. */
  public void restart() {
    process.kill();
    process = run();
    process.awaitAnswer(jdbcUrl(""));
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /**
   * JDBC URL of the database {@code postgres}, through the pooler, as the superuser.
   *
   * @param parameters more of them, such as {@code prepareThreshold=0}; may be empty
   */
  public String jdbcUrl(String parameters) {
    return "jdbc:postgresql://127.0.0.1:%d/postgres?user=%s&%s"
        .formatted(port, PostgresServer.USER, parameters);
  }

  /** Stops it and deletes its files. */
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
    process.stop("TERM");
    ServerUser.delete(home);
  }
}
