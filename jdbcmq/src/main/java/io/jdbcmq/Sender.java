package io.jdbcmq;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.LocalSignals;
import io.jdbcmq.internal.sql.JobRow;
import io.jdbcmq.internal.sql.OneLine;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.internal.sql.SendCalls;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobInterceptor;
import io.jdbcmq.spi.PayloadCodec;
import io.jdbcmq.spi.TransactionSource.JoinedTransaction;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Checks requests, stores them, and tells what became of each. Thread-safe. */
final class Sender {
  private static final int MAX_LIST = 100_000;
  private static final long MAX_LIST_CHARS = 64L << 20;

  private final Transactions transactions;
  private final SendCalls calls;
  private final PayloadCodec codec;
  private final LocalSignals localSignals;
  private final Events events;
  private final List<JobInterceptor> interceptors;
  private final Optional<SendGatherer> gatherer;

  /**
   * A sender.
   *
   * @param gatherSends how many transactions of its own may be under way at once before senders
   *     share them; empty: they never do
   */
  Sender(
      Transactions transactions,
      Schema schema,
      PayloadCodec codec,
      LocalSignals localSignals,
      Events events,
      List<JobInterceptor> interceptors,
      OptionalInt gatherSends) {
    this.transactions = transactions;
    this.calls = new SendCalls(schema);
    this.codec = codec;
    this.localSignals = localSignals;
    this.events = events;
    this.interceptors = List.copyOf(interceptors);
    this.gatherer =
        gatherSends.isPresent()
            ? Optional.of(new SendGatherer(gatherSends.getAsInt(), this::sendNew))
            : Optional.empty();
  }

  /**
   * Sends in the transaction that this thread is in, otherwise in one of its own; reserves, if a
   * time is given.
   */
  List<SendResult> send(List<JobRequest> requests, Optional<Duration> reserve) {
    List<JobRow> rows = encode(requests);
    if (rows.isEmpty()) {
      return List.of();
    }
    Optional<JoinedTransaction> current = transactions.joined(tried(rows, reserve));
    if (current.isPresent()) {
      return join(current.get(), rows, reserve);
    }
    List<SendResult> results = told(rows, false, () -> inOwn(rows, reserve));
    if (reserve.isEmpty()) {
      localSignals.committed(groups(rows));
    }
    return results;
  }

  private Map<Integer, UUID> inOwn(List<JobRow> rows, Optional<Duration> reserve) {
    String tried = tried(rows, reserve);
    if (gatherer.isPresent()
        && reserve.isEmpty()
        && rows.size() < SendGatherer.MAX_JOBS
        && rows.stream().allMatch(JobRow::isPlain)) {
      gatherer.get().send(tried, rows);
      return Map.of();
    }
    return transactions.own(tried, c -> calls.send(c, rows, reserve));
  }

  /** Sends plain jobs, which cannot exist already. */
  private void sendNew(List<JobRow> rows) {
    transactions.own(tried(rows, Optional.empty()), c -> calls.send(c, rows, Optional.empty()));
  }

  /** Sends in the caller's transaction; reserves, if a time is given. */
  List<SendResult> send(
      Connection connection, List<JobRequest> requests, Optional<Duration> reserve) {
    List<JobRow> rows = encode(requests);
    if (rows.isEmpty()) {
      return List.of();
    }
    return inCallers(connection, rows, reserve);
  }

  /** Runners of this process are told after its commit, if somebody tells of that. */
  private List<SendResult> join(
      JoinedTransaction current, List<JobRow> rows, Optional<Duration> reserve) {
    try (current) {
      List<SendResult> results = inCallers(current.connection(), rows, reserve);
      if (reserve.isEmpty()) {
        Set<String> groups = groups(rows);
        current.afterCommit(() -> localSignals.committed(groups));
      }
      return results;
    }
  }

  private List<SendResult> inCallers(
      Connection connection, List<JobRow> rows, Optional<Duration> reserve) {
    return told(
        rows,
        true,
        () ->
            transactions.callers(
                tried(rows, reserve), connection, c -> calls.send(c, rows, reserve)));
  }

  /** Sends, and tells listeners how that went. */
  private List<SendResult> told(
      List<JobRow> rows, boolean joined, Supplier<Map<Integer, UUID>> send) {
    long begunNanos = System.nanoTime();
    try {
      List<SendResult> results = results(rows, send.get());
      events.publish(() -> new JobEvent.Sent(requests(rows), results, joined, since(begunNanos)));
      return results;
    } catch (RuntimeException e) {
      events.publish(() -> new JobEvent.SendFailed(requests(rows), joined, e, since(begunNanos)));
      throw e;
    }
  }

  /** Checks everything before anything is written. */
  private List<JobRow> encode(List<JobRequest> requests) {
    if (requests.size() > MAX_LIST) {
      throw new IllegalArgumentException(
          "a list must have at most %d requests but had %d: send it in parts"
              .formatted(MAX_LIST, requests.size()));
    }
    List<JobRow> rows = new ArrayList<>(requests.size());
    long size = 0;
    for (JobRequest request : requests) {
      JobRow row = JobRow.of(intercepted(request), codec);
      size += row.size();
      rows.add(row);
    }
    if (size > MAX_LIST_CHARS && rows.size() > 1) {
      throw new IllegalArgumentException(
          "payloads of a list must have at most %d characters and bytes in all but had %d: send it in parts"
              .formatted(MAX_LIST_CHARS, size));
    }
    return rows;
  }

  @SuppressWarnings("ConstantValue") // users are not checked for null
  private JobRequest intercepted(JobRequest request) {
    JobRequest changed = request;
    for (JobInterceptor interceptor : interceptors) {
      changed = interceptor.beforeSend(changed);
      if (changed == null || !changed.jobName().equals(request.jobName())) {
        throw new IllegalStateException(
            "interceptor %s must return the request of job %s, changed or not, but returned %s"
                .formatted(
                    interceptor.getClass().getName(), OneLine.of(request.jobName()), changed));
      }
    }
    return changed;
  }

  private static Duration since(long begunNanos) {
    return Duration.ofNanos(System.nanoTime() - begunNanos);
  }

  private static List<JobRequest> requests(List<JobRow> rows) {
    return rows.stream().map(JobRow::request).toList();
  }

  private static String tried(List<JobRow> rows, Optional<Duration> reserve) {
    JobRow first = rows.get(0);
    String verb = reserve.isPresent() ? "reserving" : "sending";
    return rows.size() == 1
        ? verb + " " + first
        : "%s %d jobs, the first of them %s".formatted(verb, rows.size(), first);
  }

  private static Set<String> groups(List<JobRow> rows) {
    return rows.stream().map(row -> row.request().channel().name()).collect(Collectors.toSet());
  }

  private static List<SendResult> results(List<JobRow> rows, Map<Integer, UUID> duplicates) {
    List<SendResult> results = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      UUID existing = duplicates.get(i);
      results.add(
          existing == null
              ? new SendResult.Sent(rows.get(i).id())
              : new SendResult.Duplicate(existing));
    }
    return results;
  }
}
