package io.jdbcmq.internal.runner;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded pool of threads that wakes as few of them as it can: waking one costs more than a short
 * handler does.
 *
 * <p>At any time at most one thread is on its way to work. When it arrives, it calls the next one
 * before it starts its task, if there is more to do; a thread that has ended its task takes the
 * next one without calling anybody. So handlers that block run at once, each in a thread, and many
 * short ones are over before the third thread is awake. The thread that has been idle for the
 * shortest time is called first; the others end in time.
 *
 * <p>What holds whenever the monitor is free: if a task waits, then a thread is on its way, or as
 * many threads as may be, or as can be had, are at work. A monitor and not a lock, because it needs
 * no memory. Why not a pool of the JDK: {@code docs/decisions/0014-threads-of-handlers.md}.
 *
 * <p>Thread-safe.
 */
final class HandlerPool implements HandlerThreads {
  private static final Logger LOG = LoggerFactory.getLogger(HandlerPool.class);

  private final int max;
  private final long keepAliveNanos;
  private final ThreadFactory factory;

  // Guarded by the monitor of the pool.
  private final Queue<Runnable> tasks;
  private final Deque<Hand> idle;
  private int threads;
  private boolean isOneOnItsWay;
  private volatile boolean closed; // written with the monitor

  /**
   * A pool without a thread yet.
   *
   * @param max most threads, 1 or more
   * @param keepAlive how long a thread may be idle before it ends
   */
  HandlerPool(int max, Duration keepAlive, ThreadFactory factory) {
    this.max = max;
    this.keepAliveNanos = keepAlive.toNanos();
    this.factory = factory;
    this.tasks = new ArrayDeque<>(max);
    this.idle = new ArrayDeque<>(max);
  }

  /**
   * Runs a task as soon as a thread is free, in the order in which tasks come.
   *
   * @throws RejectedExecutionException after {@link #shutdown}
   * @throws Error if a thread was needed and could not be started; the task is not run then
   */
  @Override
  public synchronized void execute(Runnable task) {
    if (closed) {
      throw new RejectedExecutionException("the threads of the handlers have been shut down");
    }
    tasks.add(task);
    try {
      callOne();
    } catch (Throwable e) {
      tasks.remove(task);
      throw e;
    }
  }

  @Override
  public synchronized void shutdown() {
    closed = true;
    idle.forEach(Hand::unpark);
  }

  /** How many threads there are. */
  synchronized int threads() {
    return threads;
  }

  /**
   * Calls an idle thread or starts one, if there is work and nobody is on the way. With monitor.
   */
  private void callOne() {
    if (isOneOnItsWay || tasks.isEmpty()) {
      return;
    }
    Hand hand = idle.pollFirst();
    if (hand != null) {
      isOneOnItsWay = true;
      hand.call();
    } else if (threads < max) {
      new Hand().thread.start();
      isOneOnItsWay = true;
      threads++;
    }
  }

  /** The first task for a thread that was on its way; null if somebody else has taken it. */
  private synchronized @Nullable Runnable arrived() {
    isOneOnItsWay = false;
    Runnable task = tasks.poll();
    if (task != null) {
      try {
        callOne();
      } catch (Throwable e) { // no further thread to be had: those that are there do the work
        tell("no thread could be started for another handler", e);
      }
    }
    return task;
  }

  /** The next task for a thread at work; null if there is none: it is idle then. */
  private synchronized @Nullable Runnable nextOrIdle(Hand hand) {
    Runnable task = tasks.poll();
    if (task == null) {
      idle.addFirst(hand);
    }
    return task;
  }

  /** True if an idle thread ends; false if it has been called meanwhile. */
  private synchronized boolean ends(Hand hand) {
    if (hand.isCalled) {
      return false;
    }
    idle.remove(hand);
    threads--;
    return true;
  }

  private static void tell(String what, Throwable error) {
    try {
      LOG.error("{}: {}", what, error.toString());
    } catch (Throwable e) {
      // No memory to tell it: the thread has more to do.
    }
  }

  /** A thread of the pool. */
  private final class Hand implements Runnable {
    private final Thread thread = factory.newThread(this);
    private volatile boolean isCalled; // set with the monitor

    void call() {
      isCalled = true;
      unpark();
    }

    void unpark() {
      LockSupport.unpark(thread);
    }

    @Override
    public void run() {
      do {
        isCalled = false;
        Runnable task = arrived();
        if (task != null) {
          runQuietly(task);
        }
        for (task = nextOrIdle(this); task != null; task = nextOrIdle(this)) {
          runQuietly(task);
        }
        awaitCall();
      } while (!ends(this));
    }

    private void awaitCall() {
      long until = System.nanoTime() + keepAliveNanos;
      long left = keepAliveNanos;
      while (!isCalled && !closed && left > 0) {
        LockSupport.parkNanos(HandlerPool.this, left);
        Thread.interrupted(); // was meant for a handler that has ended meanwhile
        left = until - System.nanoTime();
      }
    }

    private void runQuietly(Runnable task) {
      try {
        task.run();
      } catch (Throwable e) { // tasks do not throw; if one does, the others must not suffer
        tell("a task of the runner failed", e);
      }
    }
  }
}
