package io.jdbcmq.bench;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where one system plays its rounds: its queue, what reads the meters, and the numbers of its jobs,
 * which are never used again.
 */
final class Ring {
  private final Contender contender;
  private final Place place;
  private final Subject subject;
  private final Meter meter;
  private final boolean quick;
  private final AtomicInteger numbers = new AtomicInteger();

  Ring(Contender contender, Place place, Subject subject, Meter meter, boolean quick) {
    this.contender = contender;
    this.place = place;
    this.subject = subject;
    this.meter = meter;
    this.quick = quick;
  }

  Contender contender() {
    return contender;
  }

  boolean can(Ability ability) {
    return contender.can().contains(ability);
  }

  Place place() {
    return place;
  }

  Subject subject() {
    return subject;
  }

  Meter meter() {
    return meter;
  }

  boolean isQuick() {
    return quick;
  }

  /** The first of so many numbers for jobs. */
  int numbers(int count) {
    return numbers.getAndUpdate(next -> (next + count) % 800_000_000);
  }

  /** Deletes all jobs, and vacuums, so that rounds begin alike. */
  void clear() throws InterruptedException {
    subject.clear();
    place.settleStatistics(); // or what was deleted is reported after it was vacuumed
    subject.vacuum();
  }
}
