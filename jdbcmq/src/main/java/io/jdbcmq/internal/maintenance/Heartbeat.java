package io.jdbcmq.internal.maintenance;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.Worker;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.DriverCheck;
import io.jdbcmq.internal.sql.KeptConnection;
import io.jdbcmq.internal.sql.LeaseCalls;
import io.jdbcmq.internal.sql.LeaseCalls.RunnerInfo;
import io.jdbcmq.internal.sql.UuidV7;
import io.jdbcmq.spi.JobEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a runner's lease, on a connection of its own that neither handlers nor the pool can starve.
 *
 * <p>A lease that could not be renewed in time is given up, whatever the database thinks of it: the
 * runs under it are told to stop, and the runner goes on under a new id. A guard thread watches the
 * time, because a heartbeat may hang in the network for longer than the lease.
 */
public final class Heartbeat {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  /** However long the lease is: a shutdown waits for a call that hangs. */
  private static final Duration LONGEST_CALL = Duration.ofSeconds(30);

  private final Database database;
  private final LeaseCalls calls;
  private final Duration length;
  private final Duration interval;
  private final Duration longestCall;
  private final RunnerInfo info;
  private final Consumer<UUID> onLost;
  private final Events events;
  private final Worker beats;
  private final Worker guard;

  private @Nullable KeptConnection kept;
  private long beatAtNanos;
  private volatile @Nullable Lease lease;

  /**
   * A heartbeat, not yet started.
   *
   * @param database for the connection of its own
   * @param length of the lease
   * @param onLost told the runner's id when its lease is lost; called by threads of this class
   */
  public Heartbeat(
      Database database,
      LeaseCalls calls,
      Duration length,
      RunnerInfo info,
      Consumer<UUID> onLost,
      Events events) {
    this.interval = length.dividedBy(3);
    this.longestCall = interval.compareTo(LONGEST_CALL) < 0 ? interval : LONGEST_CALL;
    this.database = database.withTimeout(longestCall);
    this.calls = calls;
    this.length = length;
    this.info = info;
    this.onLost = onLost;
    this.events = events;
    this.beats = new Worker("heartbeat", length.dividedBy(6), this::beat);
    this.guard = new Worker("lease-guard", length.dividedBy(6), this::watch);
  }

  /**
   * Registers the runner and starts to renew its lease.
   *
   * @throws SQLException if the database refused it
   */
  public void start() throws SQLException {
    register();
    beats.start();
    guard.start();
  }

  /** The id under which the runner holds a lease now; empty while it has none. */
  public Optional<UUID> runnerId() {
    Lease current = lease;
    return current == null || current.isLost() ? Optional.empty() : Optional.of(current.runnerId());
  }

  /**
   * Stops renewing.
   *
   * @param retire whether to end the lease now: only if nothing is held under it any more. Else it
   *     runs out, and what is held is rescued.
   */
  public void close(boolean retire) {
    guard.close();
    beats.stop();
    boolean ended = beats.join(longestCall.plusSeconds(1));
    if (!ended) {
      beats.close();
    }
    Optional<UUID> runnerId = runnerId();
    runnerId.ifPresent(id -> events.publish(() -> new JobEvent.LeaseEnded(id)));
    if (retire && ended && runnerId.isPresent()) {
      try {
        calls.retire(connection(), runnerId.get());
      } catch (SQLException | RuntimeException e) {
        LOG.info("runner {} could not retire; its lease runs out by itself", runnerId.get());
      }
    }
    disconnect();
  }

  private void beat() throws SQLException, InterruptedException {
    Lease current = lease;
    if (current == null || current.isLost()) {
      register();
      return;
    }
    beats.pause(Duration.ofNanos(Math.max(0, beatAtNanos - System.nanoTime())));
    if (beats.isStopping()) {
      return;
    }
    long askedAtNanos = System.nanoTime();
    boolean held;
    try {
      held = calls.heartbeat(connection(), current.runnerId(), length);
    } catch (Error e) { // the call has discarded the connection
      disconnect();
      throw e;
    } catch (SQLException | RuntimeException e) {
      disconnect();
      Duration took = Duration.ofNanos(System.nanoTime() - askedAtNanos);
      events.publish(() -> new JobEvent.CallFailed("renew", e, took));
      throw e;
    }
    if (held) {
      current.renewed(askedAtNanos);
      Duration took = Duration.ofNanos(System.nanoTime() - askedAtNanos);
      events.publish(() -> new JobEvent.LeaseRenewed(current.runnerId(), took));
      beatAtNanos = askedAtNanos + interval.toNanos();
    } else {
      lose(current, "the database no longer knows it");
    }
  }

  private void register() throws SQLException {
    UUID runnerId = UuidV7.next();
    long askedAtNanos = System.nanoTime();
    try {
      calls.register(connection(), runnerId, length, info);
    } catch (SQLException | RuntimeException | Error e) {
      disconnect();
      throw e;
    }
    beatAtNanos = askedAtNanos + interval.toNanos();
    lease = new Lease(runnerId, length, askedAtNanos);
    LOG.info("runner {} has a lease of {}", runnerId, length);
    events.publish(() -> new JobEvent.LeaseTaken(runnerId));
  }

  private void watch() throws InterruptedException {
    Lease current = lease;
    Duration remaining =
        current == null || current.isLost() ? interval : current.remaining(System.nanoTime());
    if (current != null && (remaining.isZero() || remaining.isNegative())) {
      lose(current, "it could not be renewed in time");
    } else {
      guard.pause(remaining.compareTo(interval) < 0 ? remaining : interval);
    }
  }

  private void lose(Lease current, String why) {
    if (current.lose()) {
      LOG.warn(
          "runner {} has lost its lease: {}. Its handlers are interrupted, its jobs run elsewhere as"
              + " a further attempt",
          current.runnerId(),
          why);
      onLost.accept(current.runnerId());
      events.publish(() -> new JobEvent.LeaseLost(current.runnerId()));
    }
  }

  private Connection connection() throws SQLException {
    KeptConnection open = kept;
    if (open == null) {
      open = database.keep();
      kept = open;
      DriverCheck.require(open.connection());
    }
    return open.connection();
  }

  private void disconnect() {
    KeptConnection open = kept;
    kept = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        LOG.debug("closing the heartbeat's connection failed: {}", e.getSQLState());
      }
    }
  }
}
