package io.jdbcmq.internal.notify;

import io.jdbcmq.internal.sql.Connections;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.KeptConnection;
import io.jdbcmq.internal.sql.LeaseCalls;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for notifications of work, and of jobs that were cancelled while they ran, on a
 * connection of its own.
 *
 * <p>A notification is a hint only: nothing depends on it but how soon an idle runner looks. After
 * each (re)connect the runner is woken once, for what was missed meanwhile. A connection that says
 * nothing may be dead without anyone noticing, so it is asked a question every second.
 */
public final class Listener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
  private static final String CANCEL = "cancel";
  private static final int HEAR_MS = 250;
  private static final int SILENCES_PER_QUESTION = 4;
  private static final int SILENCES_UNTIL_DEAF = 20;

  private final Database database;
  private final LeaseCalls calls;
  private final Set<String> hashes;
  private final WorkSignal signal;
  private final WorkSignal cancelled;
  private final Worker worker;

  private @Nullable KeptConnection kept;
  private String echo = "";
  private int silences;
  private boolean isDeaf;

  /**
   * A listener, not yet started.
   *
   * @param database for a direct connection: LISTEN does not work through a transaction pooler
   * @param groups channel groups; empty: all
   * @param signal told of work in these groups
   * @param cancelled told that jobs were cancelled while they ran, here or elsewhere
   */
  public Listener(
      Database database,
      LeaseCalls calls,
      Collection<String> groups,
      WorkSignal signal,
      WorkSignal cancelled) {
    this.database = database.withTimeout(Duration.ofSeconds(3));
    this.calls = calls;
    this.hashes =
        groups.isEmpty()
            ? Set.of(md5(""))
            : groups.stream().map(Listener::md5).collect(Collectors.toUnmodifiableSet());
    this.signal = signal;
    this.cancelled = cancelled;
    this.worker = new Worker("listener", Duration.ofSeconds(2), this::listen);
  }

  /** Starts to listen. */
  public void start() {
    worker.start();
  }

  /** Stops and closes the connection. */
  @Override
  public void close() {
    worker.stop();
    if (!worker.join(Duration.ofSeconds(5))) {
      worker.close();
    }
    disconnect();
  }

  private void listen() throws SQLException {
    try {
      hear(kept == null ? connect() : kept.connection());
    } catch (SQLException | RuntimeException e) {
      disconnect();
      throw e;
    } catch (Error e) {
      if (kept != null) {
        Connections.discard(kept.connection(), e);
      }
      disconnect();
      throw e;
    }
  }

  private Connection connect() throws SQLException {
    kept = database.keep();
    Connection open = kept.connection();
    String topic = calls.topic(open);
    echo = UUID.randomUUID().toString();
    silences = 0;
    isDeaf = false;
    execute(open, "listen " + topic);
    sendEcho(open, "notify " + topic + ", '" + echo + "'");
    signal.signal();
    return open;
  }

  /**
   * Lets the server say what this listener has to hear. Through a pooler the session that now
   * listens may serve the next statement as well, and answer that one with what it notifies itself,
   * although nothing is delivered otherwise. So somebody else notifies there.
   */
  private void sendEcho(Connection open, String notify) throws SQLException {
    if (isPooled(open)) {
      try (KeptConnection other = database.keep()) {
        execute(other.connection(), notify);
      }
    } else {
      execute(open, notify);
    }
  }

  /** A pooler tells its clients numbers of its own making instead of those of sessions. */
  private static boolean isPooled(Connection open) throws SQLException {
    try (Statement statement = open.createStatement();
        ResultSet session = statement.executeQuery("select pg_backend_pid()")) {
      return !session.next()
          || session.getInt(1) != open.unwrap(PGConnection.class).getBackendPID();
    }
  }

  private static void execute(Connection open, String sql) throws SQLException {
    try (Statement statement = open.createStatement()) {
      statement.execute(sql);
    }
  }

  private void hear(Connection open) throws SQLException {
    PGNotification[] notifications = open.unwrap(PGConnection.class).getNotifications(HEAR_MS);
    for (PGNotification notification : notifications) {
      if (notification.getParameter().equals(echo)) {
        echo = "";
      } else if (notification.getParameter().equals(CANCEL)) {
        cancelled.signal();
      } else if (hashes.contains(notification.getParameter())) {
        signal.signal();
      }
    }
    if (notifications.length == 0) {
      silences++;
      if (silences % SILENCES_PER_QUESTION == 0) {
        // A deaf one has left its LISTEN to a session that others use, one of a few.
        execute(open, isDeaf ? "unlisten *" : "select 1");
      }
      noticeDeafness();
    }
  }

  /** A pooler in transaction mode accepts LISTEN and delivers nothing. */
  private void noticeDeafness() {
    if (!echo.isEmpty() && silences == SILENCES_UNTIL_DEAF) {
      isDeaf = true;
      LOG.warn(
          "LISTEN was accepted, but a notification sent after it did not come back: is"
              + " there a pooler in transaction mode? Work is found by polling. Give the runner a"
              + " direct connection, or make it pollOnly()");
    }
  }

  private void disconnect() {
    KeptConnection open = kept;
    kept = null;
    if (open != null) {
      // A pool would hand the connection out again, still listening.
      try (open) {
        execute(open.connection(), "unlisten *");
      } catch (SQLException e) {
        LOG.debug("closing the listener's connection failed: {}", e.getSQLState());
      }
    }
  }

  /** As {@code mq_announce} names a group: no text of a user is part of a notification. */
  private static String md5(String group) {
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(group.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }
}
