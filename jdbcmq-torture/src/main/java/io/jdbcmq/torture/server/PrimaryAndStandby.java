package io.jdbcmq.torture.server;

import java.nio.file.Path;

/**
 * A primary and a standby that confirms each of its commits before it is answered: what was
 * answered survives the loss of either. For one thread at a time.
 */
public final class PrimaryAndStandby implements AutoCloseable {
  private static final String STANDBY = "standby";

  private final PostgresServer primary;
  private final PostgresServer standby;

  private PrimaryAndStandby(PostgresServer primary, PostgresServer standby) {
    this.primary = primary;
    this.standby = standby;
  }

  /**
   * Starts both. Blocks until the standby is synchronous.
   *
   * @param programs directory with {@link ServerPrograms#OF_A_PAIR}
   */
  public static PrimaryAndStandby start(Path programs) {
    PostgresServer primary = PostgresServer.start(programs);
    PostgresServer standby;
    try {
      standby = primary.standby(STANDBY);
    } catch (RuntimeException e) {
      primary.close();
      throw e;
    }
    PrimaryAndStandby pair = new PrimaryAndStandby(primary, standby);
    try {
      // After the base backup, which copies it: a promoted standby would wait for itself.
      primary.execute(
          "alter system set synchronous_standby_names = '" + STANDBY + "'",
          "select pg_reload_conf()");
      primary.running().until("the standby is synchronous", pair::isSynchronous);
      return pair;
    } catch (RuntimeException e) {
      pair.close();
      throw e;
    }
  }

  private boolean isSynchronous() {
    return primary.finds("select from pg_stat_replication where sync_state = 'sync'");
  }

  /** The one that takes writes at first. */
  public PostgresServer primary() {
    return primary;
  }

  /** The one that can be promoted. */
  public PostgresServer standby() {
    return standby;
  }

  /**
   * JDBC URL of the database {@code postgres} on whichever of the two is the primary.
   *
   * @param parameters more of them, such as {@code socketTimeout=5}; may be empty
   */
  public String jdbcUrl(String parameters) {
    return "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/postgres?user=%s&targetServerType=primary&%s"
        .formatted(primary.port(), standby.port(), PostgresServer.USER, parameters);
  }

  /** Stops both and deletes their data. */
  @Override
  public void close() {
    try (primary) {
      standby.close();
    }
  }
}
