package io.jdbcmq.testing;

import io.jdbcmq.internal.sql.CancelCalls;
import io.jdbcmq.internal.sql.ChannelCalls;
import io.jdbcmq.internal.sql.ClaimAnswer;
import io.jdbcmq.internal.sql.ClaimCalls;
import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.JobRow;
import io.jdbcmq.internal.sql.LeaseCalls;
import io.jdbcmq.internal.sql.LeaseCalls.Rescued;
import io.jdbcmq.internal.sql.LeaseCalls.RunnerInfo;
import io.jdbcmq.internal.sql.Progress;
import io.jdbcmq.internal.sql.QueryCalls;
import io.jdbcmq.internal.sql.ReserveCalls;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.internal.sql.SendCalls;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.internal.sql.SettleCalls.Failure;
import io.jdbcmq.internal.sql.UuidV7;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.JobRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The protocol's functions, as tests call them: on a connection of their choice. */
public final class Calls {
  public static final Duration LEASE = Duration.ofSeconds(15);

  private final SendCalls send;
  private final ClaimCalls claim;
  private final SettleCalls settle;
  private final RunCalls run;
  private final LeaseCalls lease;
  private final QueryCalls query;
  private final ReserveCalls reserve;
  private final CancelCalls cancel;
  private final ChannelCalls channels;

  public Calls(Schema schema) {
    send = new SendCalls(schema);
    claim = new ClaimCalls(schema);
    settle = new SettleCalls(schema);
    run = new RunCalls(schema);
    lease = new LeaseCalls(schema);
    query = new QueryCalls(schema);
    reserve = new ReserveCalls(schema);
    cancel = new CancelCalls(schema);
    channels = new ChannelCalls(schema);
  }

  /** Sends jobs and returns the positions of duplicates. */
  public Set<Integer> send(Connection connection, List<JobRequest> requests) throws SQLException {
    return send.send(
            connection,
            requests.stream().map(request -> JobRow.of(request, NoCodec.NONE)).toList(),
            Optional.empty())
        .keySet();
  }

  /** Sends one job under an id of its own. */
  public UUID send(Connection connection, JobRequest request) throws SQLException {
    UUID id = request.id().orElseGet(UuidV7::next);
    send(connection, List.of(request.id(id)));
    return id;
  }

  /** Registers a runner. */
  public UUID runner(Connection connection) throws SQLException {
    UUID id = UuidV7.next();
    lease.register(connection, id, LEASE, new RunnerInfo(1, "host", "test", List.of()));
    return id;
  }

  public boolean heartbeat(Connection connection, UUID runner) throws SQLException {
    return lease.heartbeat(connection, runner, LEASE);
  }

  public void retire(Connection connection, UUID runner) throws SQLException {
    lease.retire(connection, runner);
  }

  /** Polls all channels. */
  public ClaimAnswer poll(Connection connection, UUID runner, int want) throws SQLException {
    return claim.claim(connection, runner, List.of(), "", want, Duration.ZERO);
  }

  /** Polls some channels. */
  public ClaimAnswer poll(Connection connection, UUID runner, int want, String... channels)
      throws SQLException {
    return claim.claim(connection, runner, Arrays.asList(channels), "", want, Duration.ZERO);
  }

  /** The runs that a poll of all channels claims, in order. */
  public List<RunKey> claim(Connection connection, UUID runner, int want) throws SQLException {
    return poll(connection, runner, want).jobs().stream().map(ClaimedJob::key).toList();
  }

  /** Sends a job and claims it for a runner of its own. */
  public RunKey running(Connection connection, JobRequest request) throws SQLException {
    UUID id = send(connection, request);
    List<RunKey> runs = claim(connection, runner(connection), 1);
    if (runs.size() != 1 || !runs.get(0).id().equals(id)) {
      throw new AssertionError("claimed " + runs + " instead of " + id);
    }
    return runs.get(0);
  }

  /** Completes runs and returns the ids of those that were refused. */
  public Set<UUID> complete(Connection connection, RunKey... runs) throws SQLException {
    return settle.complete(connection, List.of(runs), List.of());
  }

  public void completeOrRaise(Connection connection, RunKey current) throws SQLException {
    run.complete(connection, current);
  }

  /** Saves this JSON payload and so many extra retries. */
  public void checkpoint(Connection connection, RunKey current, String json, int extraRetries)
      throws SQLException {
    checkpoint(connection, current, Checkpoint.json(json).withExtraRetries(extraRetries));
  }

  public void checkpoint(Connection connection, RunKey current, Checkpoint checkpoint)
      throws SQLException {
    run.checkpoint(connection, current, Progress.of(current, checkpoint, NoCodec.NONE));
  }

  public void snoozeOrRaise(Connection connection, RunKey current, Duration delay)
      throws SQLException {
    run.snooze(connection, current, delay);
  }

  public void giveUpOrRaise(Connection connection, RunKey current) throws SQLException {
    run.giveUp(connection, current, "given up");
  }

  /** Snoozes runs for an hour and returns the ids of those that were current. */
  public Set<UUID> snooze(Connection connection, RunKey... runs) throws SQLException {
    List<Duration> delays = Collections.nCopies(runs.length, Duration.ofHours(1));
    return settle.snooze(connection, List.of(runs), delays, List.of());
  }

  /** The ids of those runs that are not current any more. */
  public Set<UUID> lost(Connection connection, RunKey... runs) throws SQLException {
    return settle.lost(connection, List.of(runs));
  }

  /** Fails runs and returns the ids of those that were current. */
  public Set<UUID> fail(Connection connection, RunKey... runs) throws SQLException {
    List<Failure> failures = Collections.nCopies(runs.length, new Failure("failed", false));
    return settle.fail(connection, List.of(runs), failures, List.of()).keySet();
  }

  /** Hands runs back and returns the ids of those that were current. */
  public Set<UUID> handBack(Connection connection, RunKey... runs) throws SQLException {
    return settle.handBack(connection, List.of(runs), false, List.of());
  }

  /** Hands runs back whose name is unknown, and returns the ids of those that were current. */
  public Set<UUID> handBackUnknown(Connection connection, RunKey... runs) throws SQLException {
    return settle.handBack(connection, List.of(runs), true, List.of());
  }

  public List<Rescued> rescue(Connection connection) throws SQLException {
    return lease.rescue(connection, 100);
  }

  /** Reserves one job under an id of its own. */
  public UUID reserve(Connection connection, JobRequest request, Duration reserve)
      throws SQLException {
    UUID id = request.id().orElseGet(UuidV7::next);
    send.send(connection, List.of(JobRow.of(request.id(id), NoCodec.NONE)), Optional.of(reserve));
    return id;
  }

  /** Commits reservations and returns how many it found. */
  public int commit(Connection connection, UUID... ids) throws SQLException {
    return reserve.commit(connection, List.of(ids)).size();
  }

  public boolean extend(Connection connection, UUID id, Duration reservation) throws SQLException {
    return reserve.extend(connection, id, reservation);
  }

  /** Cancels a job and tells what it was doing. */
  public CancelResult cancel(Connection connection, UUID id) throws SQLException {
    return cancel.cancel(connection, List.of(id)).get(id);
  }

  public boolean unblock(Connection connection, Channel channel) throws SQLException {
    return channels.unblock(connection, channel);
  }

  /** Deletes the live jobs of a channel group and returns how many. */
  public long clear(Connection connection, String channel) throws SQLException {
    return query.clear(connection, Optional.of(List.of(channel)));
  }

  /** Deletes all live jobs and returns how many. */
  public long clear(Connection connection) throws SQLException {
    return query.clear(connection, Optional.<Collection<String>>empty());
  }

  public Set<UUID> redrive(Connection connection, UUID... ids) throws SQLException {
    return query.redrive(connection, List.of(ids));
  }

  public Set<UUID> discard(Connection connection, UUID... ids) throws SQLException {
    return query.discard(connection, List.of(ids));
  }

  /** State and attempt of a job; "gone" if there is none. */
  public String state(Connection connection, UUID id) throws SQLException {
    return query
        .find(connection, id)
        .map(job -> job.state().name().toLowerCase(Locale.ROOT) + " " + job.attempt())
        .orElse("gone");
  }
}
