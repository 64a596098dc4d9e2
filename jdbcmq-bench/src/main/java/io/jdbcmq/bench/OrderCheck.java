package io.jdbcmq.bench;

import io.jdbcmq.job.CurrentJob;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** A handler that sees whether the jobs of each channel come in order, one at a time. */
final class OrderCheck {
  private static final int RUNNING = 1 << 30;

  private final int channels;
  private final AtomicIntegerArray next;
  private final CountDownLatch left;
  private volatile Optional<String> wrong = Optional.empty();

  /**
   * A check.
   *
   * @param channels numbered from 0; job n goes to channel n modulo channels
   */
  OrderCheck(int channels, int jobs) {
    this.channels = channels;
    this.next = new AtomicIntegerArray(channels);
    this.left = new CountDownLatch(jobs);
  }

  void handle(CurrentJob job) {
    int number = Payloads.number(job.json().orElseThrow());
    int channel = number % channels;
    int place = number / channels;
    if (!next.compareAndSet(channel, place, place | RUNNING)) {
      wrong = Optional.of("job %d of channel %d came out of turn".formatted(place, channel));
    }
    next.set(channel, place + 1);
    left.countDown();
  }

  /** Waits until all jobs have run; complains if one was out of order. */
  void await() throws InterruptedException {
    if (!left.await(10, TimeUnit.MINUTES)) {
      throw new IllegalStateException(left.getCount() + " jobs were not run in 10 minutes");
    }
    if (wrong.isPresent()) {
      throw new IllegalStateException(wrong.get());
    }
  }
}
