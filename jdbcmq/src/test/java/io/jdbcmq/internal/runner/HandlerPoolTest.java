package io.jdbcmq.internal.runner;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandlerPoolTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final List<Thread> started = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private HandlerPool pool = pool(4, LONG);

  @AfterEach
  void endsAllThreads() throws InterruptedException {
    pool.shutdown();
    for (Thread thread : started) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }

  @Test
  void handlersThatBlockRunAtOnce() throws InterruptedException {
    CountDownLatch allRun = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      pool.execute(() -> meet(allRun));
    }
    assertThat(allRun.await(10, SECONDS)).isTrue();
  }

  @Test
  void handlersThatBlockRunAtOnceInThreadsThatWereIdle() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      CountDownLatch allRun = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        pool.execute(() -> meet(allRun));
      }
      assertThat(allRun.await(10, SECONDS)).as("round %d", round).isTrue();
    }
    assertThat(started).hasSize(4);
  }

  @Test
  void hasNoMoreThreadsThanItMay() throws InterruptedException {
    Semaphore gate = new Semaphore(0);
    CountDownLatch done = new CountDownLatch(20);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      pool.execute(
          () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            gate.acquireUninterruptibly();
            running.decrementAndGet();
            done.countDown();
          });
    }
    await().until(() -> running.get() == 4);
    gate.release(20);
    assertThat(done.await(10, SECONDS)).isTrue();
    assertThat(most.get()).isEqualTo(4);
    assertThat(started).hasSize(4);
  }

  @Test
  void startsInTheOrderGiven() throws InterruptedException {
    pool = pool(1, LONG);
    List<Integer> order = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      int number = i;
      pool.execute(
          () -> {
            order.add(number);
            done.countDown();
          });
    }
    assertThat(done.await(10, SECONDS)).isTrue();
    assertThat(order).isSorted().hasSize(100);
  }

  @Test
  void aThreadThatHasLittleToDoWakesNobody() throws InterruptedException {
    CountDownLatch first = new CountDownLatch(1);
    pool.execute(first::countDown);
    assertThat(first.await(10, SECONDS)).isTrue();
    for (int i = 0; i < 100; i++) { // one at a time: the same thread is idle each time
      awaitAllIdle();
      CountDownLatch done = new CountDownLatch(1);
      pool.execute(done::countDown);
      assertThat(done.await(10, SECONDS)).isTrue();
    }
    assertThat(started).hasSize(1);
  }

  @Test
  void idleThreadsEndAndComeBack() throws InterruptedException {
    pool = pool(4, Duration.ofMillis(1));
    for (int round = 0; round < 20; round++) {
      CountDownLatch allRun = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        pool.execute(() -> meet(allRun));
      }
      assertThat(allRun.await(10, SECONDS)).isTrue();
      await().until(() -> pool.threads() == 0);
    }
  }

  @Test
  void aTaskThatThrowsTakesNoThreadWithIt() throws InterruptedException {
    pool = pool(1, LONG);
    CountDownLatch done = new CountDownLatch(1);
    pool.execute(
        () -> {
          throw new StackOverflowError("on purpose");
        });
    pool.execute(done::countDown);
    assertThat(done.await(10, SECONDS)).isTrue();
    assertThat(started).hasSize(1);
  }

  @Test
  void anInterruptThatCameTooLateStopsNobody() throws InterruptedException {
    pool = pool(1, LONG);
    CountDownLatch first = new CountDownLatch(1);
    pool.execute(
        () -> {
          Thread.currentThread().interrupt();
          first.countDown();
        });
    assertThat(first.await(10, SECONDS)).isTrue();
    awaitAllIdle();
    assertThat(started.get(0).isInterrupted()).isFalse();
    CountDownLatch second = new CountDownLatch(1);
    pool.execute(second::countDown);
    assertThat(second.await(10, SECONDS)).isTrue();
    assertThat(started).hasSize(1);
  }

  @Test
  void aTaskForWhichNoThreadCanBeHadIsRefusedAndNotRun() throws InterruptedException {
    refusals.set(1);
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(() -> pool.execute(runs::incrementAndGet))
        .isInstanceOf(OutOfMemoryError.class);
    CountDownLatch done = new CountDownLatch(1);
    pool.execute(done::countDown);
    assertThat(done.await(10, SECONDS)).isTrue();
    awaitAllIdle();
    assertThat(runs.get()).isZero();
  }

  @Test
  void tasksWaitForTheThreadsThatCanBeHad() throws InterruptedException {
    CountDownLatch first = new CountDownLatch(1);
    pool.execute(first::countDown);
    assertThat(first.await(10, SECONDS)).isTrue();
    awaitAllIdle();
    refusals.set(1);
    CountDownLatch done = new CountDownLatch(2);
    HandlerPool monitor = pool;
    synchronized (monitor) { // the idle thread finds both, and cannot get another thread's help
      pool.execute(done::countDown);
      pool.execute(done::countDown);
    }
    assertThat(done.await(10, SECONDS)).isTrue();
    assertThat(refusals.get()).isZero();
    assertThat(started).hasSize(1);
  }

  @Test
  void runsWhatItHasTakenAfterTheShutdownAndTakesNothingMore() throws InterruptedException {
    pool = pool(1, LONG);
    Semaphore gate = new Semaphore(0);
    CountDownLatch done = new CountDownLatch(2);
    for (int i = 0; i < 2; i++) {
      pool.execute(
          () -> {
            gate.acquireUninterruptibly();
            done.countDown();
          });
    }
    pool.shutdown();
    assertThatThrownBy(() -> pool.execute(done::countDown))
        .isInstanceOf(RejectedExecutionException.class);
    gate.release(2);
    assertThat(done.await(10, SECONDS)).isTrue();
  }

  /** Any mixture of short, blocking and dying: each task runs once, and none is left waiting. */
  @Test
  void runsEachTaskOnceWhateverTheOthersDo() throws InterruptedException {
    pool = pool(8, Duration.ofNanos(50_000));
    Set<Integer> ran = ConcurrentHashMap.newKeySet();
    AtomicInteger runs = new AtomicInteger();
    List<Thread> givers = new ArrayList<>();
    for (int giver = 0; giver < 3; giver++) {
      int first = giver * 10_000;
      Random random = new Random(giver);
      Thread thread =
          new Thread(
              () -> {
                for (int i = first; i < first + 10_000; i++) {
                  int number = i;
                  int kind = random.nextInt(100);
                  pool.execute(() -> work(number, kind, ran, runs));
                  if (kind % 10 == 3) {
                    LockSupport.parkNanos(kind * 2_000L); // long enough for threads to end
                  }
                }
              });
      thread.start();
      givers.add(thread);
    }
    for (Thread giver : givers) {
      giver.join();
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> runs.get() == 30_000);
    assertThat(ran).hasSize(30_000);
  }

  private static void work(int number, int kind, Set<Integer> ran, AtomicInteger runs) {
    ran.add(number);
    runs.incrementAndGet();
    if (kind < 5) {
      LockSupport.parkNanos(100_000);
    } else if (number % 5_000 == 5) {
      throw new IllegalStateException("on purpose");
    } else if (kind == 6) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits inside a task until so many others do the same. */
  private static void meet(CountDownLatch others) {
    others.countDown();
    try {
      others.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitAllIdle() {
    await().until(() -> started.stream().allMatch(HandlerPoolTest::isParked));
  }

  private static boolean isParked(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING || !thread.isAlive();
  }

  private HandlerPool pool(int max, Duration keepAlive) {
    return new HandlerPool(
        max,
        keepAlive,
        task -> {
          if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new OutOfMemoryError("unable to create native thread, on purpose");
          }
          Thread thread = new Thread(task);
          thread.setDaemon(true);
          started.add(thread);
          return thread;
        });
  }
}
