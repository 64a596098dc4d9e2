package io.jdbcmq.torture.site;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * The server is lost, and a standby takes its place that had to confirm each commit: nothing that
 * was confirmed may be missing.
 */
public final class Failover {
  /** Statements that did not go on waiting for the standby. */
  public static final String NOT_AWAITED = "commits not awaited";

  private static final int CALM_MS = 1_000;
  private static final int CANCEL_MS = 1_000;
  private static final long POLL_MS = 20;

  private static final String CANCEL =
      """
      select pid || ' ' || query_start, pg_cancel_backend(pid)
      from pg_stat_activity
      where wait_event = 'SyncRep' and application_name ~ '^(producer|runner)'
      """;

  private Failover() {}

  /**
   * Makes a standby, lets all commits wait for it for a while, kills the server and promotes the
   * standby. In half of all cases, and in all until it has met somebody, the standby hears nothing
   * any more before that, and waiting commits are cancelled: they return as if all were well but
   * for a warning, and are lost.
   */
  public static void strike(Site site, Random random) throws Exception {
    boolean perhaps = random.nextBoolean();
    boolean isCutOff = perhaps || site.counts().getOrDefault(NOT_AWAITED, 0L) == 0;
    int calmMs = CALM_MS + random.nextInt(CALM_MS);
    Standby standby = Standby.of(site.postgres());
    try {
      standby.makeSynchronous();
      Thread.sleep(calmMs);
      if (isCutOff) {
        standby.link().swallow();
        site.count(NOT_AWAITED, cancelWaiting(site));
      }
      site.postgres().kill();
      standby.promote();
    } catch (Exception e) {
      standby.close();
      throw e;
    }
    site.switchTo(standby);
  }

  /** Returns how many statements did not go on waiting. */
  private static int cancelWaiting(Site site) throws SQLException, InterruptedException {
    Set<String> cancelled = new HashSet<>();
    try (Connection connection = site.connect();
        Statement statement = connection.createStatement()) {
      long begun = System.nanoTime();
      while (System.nanoTime() - begun < CANCEL_MS * 1_000_000L) {
        try (ResultSet rows = statement.executeQuery(CANCEL)) {
          while (rows.next()) {
            cancelled.add(rows.getString(1));
          }
        }
        Thread.sleep(POLL_MS);
      }
    }
    return cancelled.size();
  }
}
