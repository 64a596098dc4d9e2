package io.jdbcmq;

import io.jdbcmq.internal.sql.JobRow;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

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
    Sending sending = new Sending(tried, rows, new CompletableFuture<>());
    if (begins(sending)) {
      lead(sending);
    } else {
      sending.next().join().run();
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
    List<Sending> others = new ArrayList<>();
    try {
      addCompany(own, others);
      store.accept(together(own, others));
      others.forEach(other -> other.next().complete(() -> {}));
      return;
    } catch (StorageException | SchemaException e) {
      if (others.isEmpty()) {
        throw e;
      }
      others.forEach(other -> other.next().complete(() -> store.accept(other.rows())));
    } catch (Throwable e) {
      others.forEach(other -> other.next().complete(() -> inDoubt(other, e)));
      throw e;
    } finally {
      passOn();
    }
    // Nothing was written, and any of them may be at fault: each tries by itself.
    store.accept(own.rows());
  }

  /** Those that go with it, in the order in which they came. */
  private synchronized void addCompany(Sending own, List<Sending> others) {
    int jobs = own.rows().size();
    long size = own.size();
    for (Sending next = waiting.peek(); next != null; next = waiting.peek()) {
      jobs += next.rows().size();
      size += next.size();
      if (jobs > MAX_JOBS || size > MAX_SIZE) {
        return;
      }
      others.add(next);
      waiting.remove();
    }
  }

  /** The place of a transaction that is over goes to the first that waits. */
  private synchronized void passOn() {
    Sending first = waiting.poll();
    if (first == null) {
      underWay--;
    } else {
      first.next().complete(() -> lead(first));
    }
  }

  private static List<JobRow> together(Sending own, List<Sending> others) {
    if (others.isEmpty()) {
      return own.rows();
    }
    List<JobRow> rows = new ArrayList<>(own.rows());
    others.forEach(other -> rows.addAll(other.rows()));
    return rows;
  }

  private static void inDoubt(Sending sending, Throwable cause) {
    throw new IndeterminateException(
        sending.tried()
            + " ended in doubt: it was sent in one transaction with jobs of other threads, which"
            + " was not seen to commit. Look before you try again",
        cause);
  }

  /**
   * What one thread sends.
   *
   * @param next what this thread has to do, once another one knows
   */
  private record Sending(String tried, List<JobRow> rows, CompletableFuture<Runnable> next) {
    long size() {
      return rows.stream().mapToLong(JobRow::size).sum();
    }
  }
}
