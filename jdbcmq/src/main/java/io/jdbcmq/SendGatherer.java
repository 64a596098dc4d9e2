package io.jdbcmq;

import io.jdbcmq.internal.sql.JobRow;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets threads that send at the same time share a transaction: while as many are under way as may
 * be, further senders queue up, and the first of them sends for all that have come meanwhile, as a
 * server does that commits in groups. Nobody waits for company. Thread-safe.
 *
 * <p>For plain jobs only: to store them waits for no other transaction, so that no sender can hold
 * up the others, and the outcome is the same for all.
 */
final class SendGatherer {
  /** Above this a transaction costs nothing that could be shared. */
  static final int MAX_JOBS = 1_000;

  private static final long MAX_SIZE = 4L << 20;

  private final int limit;
  private final Consumer<List<JobRow>> store;
  private final Deque<Sending> waiting = new ArrayDeque<>();
  private int underWay;

  /**
   * A gatherer.
   *
   * @param limit how many transactions may be under way at once
   * @param store stores jobs in a transaction of its own: all of them or none
   */
  SendGatherer(int limit, Consumer<List<JobRow>> store) {
    this.limit = limit;
    this.store = store;
  }

  /**
   * Stores jobs; returns when that is committed.
   *
   * @param tried what is being tried, for messages
   */
  void send(String tried, List<JobRow> rows) {
    Sending sending = new Sending(tried, rows);
    if (begins(sending)) {
      lead(sending);
      return;
    }
    switch (sending.next.join()) {
      case LEAD -> lead(sending);
      case STORED -> {}
      case ALONE -> store.accept(rows);
      case IN_DOUBT -> throw sending.inDoubt();
    }
  }

  /** Whether it may begin at once. Otherwise another thread says what is next. */
  private synchronized boolean begins(Sending sending) {
    if (underWay < limit) {
      underWay++;
      return true;
    }
    waiting.add(sending);
    return false;
  }

  private void lead(Sending own) {
    try {
      addCompany(own);
      store.accept(own.together());
      own.tellCompany(Next.STORED, null);
      return;
    } catch (StorageException | SchemaException e) {
      if (own.company.isEmpty()) {
        throw e;
      }
      own.tellCompany(Next.ALONE, null);
    } catch (Throwable e) {
      own.tellCompany(Next.IN_DOUBT, e);
      throw e;
    } finally {
      passOn();
    }
    // Nothing was written, and any of them may be at fault: each tries by itself.
    store.accept(own.rows);
  }

  /** Those that go with it, in the order in which they came. */
  private synchronized void addCompany(Sending own) {
    int jobs = own.rows.size();
    long size = own.size();
    for (Sending next = waiting.peek(); next != null; next = waiting.peek()) {
      jobs += next.rows.size();
      size += next.size();
      if (jobs > MAX_JOBS || size > MAX_SIZE) {
        return;
      }
      own.company.add(next);
      waiting.remove();
    }
  }

  /** The place of a transaction that is over goes to the first that waits. */
  private synchronized void passOn() {
    Sending first = waiting.poll();
    if (first == null) {
      underWay--;
    } else {
      first.next.complete(Next.LEAD);
    }
  }

  /** What a thread that has queued up has to do. Others tell it even where memory has run out. */
  private enum Next {
    /** To send, for all that have come meanwhile. */
    LEAD,
    /** Nothing: another thread has sent for it. */
    STORED,
    /** To try by itself: what another thread tried was refused. */
    ALONE,
    /** To report that what another thread tried may be committed. */
    IN_DOUBT
  }

  /** What one thread sends, and others with it. */
  private static final class Sending {
    private final String tried;
    private final List<JobRow> rows;
    private final List<Sending> company = new ArrayList<>();
    private final CompletableFuture<Next> next = new CompletableFuture<>();
    private @Nullable Throwable cause; // told before what is next

    private Sending(String tried, List<JobRow> rows) {
      this.tried = tried;
      this.rows = rows;
    }

    private long size() {
      return rows.stream().mapToLong(JobRow::size).sum();
    }

    private List<JobRow> together() {
      if (company.isEmpty()) {
        return rows;
      }
      List<JobRow> all = new ArrayList<>(rows);
      company.forEach(other -> all.addAll(other.rows));
      return all;
    }

    /** Allocates nothing: without memory they would wait for ever. */
    private void tellCompany(Next what, @Nullable Throwable why) {
      for (int i = 0; i < company.size(); i++) {
        Sending other = company.get(i);
        other.cause = why;
        other.next.complete(what);
      }
    }

    private IndeterminateException inDoubt() {
      return new IndeterminateException(
          tried
              + " ended in doubt: it was sent in one transaction with jobs of other threads, which"
              + " was not seen to commit. Look before you try again",
          Objects.requireNonNull(cause));
    }
  }
}
