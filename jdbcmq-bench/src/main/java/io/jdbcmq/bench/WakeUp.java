package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What it costs senders that runners are told of work. */
final class WakeUp implements Scenario {
  private static final int AT_ONCE = 200;

  @Override
  public String name() {
    return "wake-up";
  }

  @Override
  public String about() {
    return "8 and 32 senders of single jobs: commits with and without a runner that listens";
  }

  /** Who works meanwhile. */
  private enum Company {
    NOBODY("no runner"),
    POLLING("a runner that polls and never listens"),
    LISTENING("a runner that listens and keeps up"),
    IDLE("a runner that listens for others' jobs"),
    STOPPED("a runner that has just stopped");

    private final String text;

    Company(String text) {
      this.text = text;
    }
  }

  @Override
  public void run(Stage stage) throws Exception {
    for (int senders : new int[] {8, 32}) {
      // Each has a queue of its own: what a runner leaves behind would be there in the next round.
      Map<Company, Subject> subjects = new EnumMap<>(Company.class);
      try (HikariDataSource pool = stage.database().pool(senders, "")) {
        for (Company company : Company.values()) {
          subjects.put(company, stage.subject());
        }
        measure(stage, subjects, pool, senders);
      } finally {
        subjects.values().forEach(Subject::close);
      }
    }
  }

  private void measure(
      Stage stage, Map<Company, Subject> subjects, HikariDataSource pool, int senders)
      throws Exception {
    Map<Company, Usage> sums = new EnumMap<>(Company.class);
    int turns = stage.size(3, 2);
    for (int turn = 0; turn <= turns; turn++) {
      for (Map.Entry<Company, Subject> each : subjects.entrySet()) {
        Usage usage = round(stage, each.getValue(), pool, senders, each.getKey());
        if (turn > 0) { // the first turn is for the compiler
          sums.merge(each.getKey(), usage, Usage::plus);
        }
      }
    }
    String name = Objects.requireNonNull(subjects.get(Company.NOBODY)).name();
    sums.forEach(
        (company, sum) ->
            stage.report().add(this, name, senders + " senders, " + company.text, sum));
    ratio(stage, name, senders, sums, Company.LISTENING, Company.NOBODY);
    ratio(stage, name, senders, sums, Company.LISTENING, Company.POLLING);
    ratio(stage, name, senders, sums, Company.IDLE, Company.NOBODY);
    ratio(stage, name, senders, sums, Company.STOPPED, Company.NOBODY);
  }

  private void ratio(
      Stage stage, String name, int senders, Map<Company, Usage> sums, Company a, Company b) {
    Usage above = Objects.requireNonNull(sums.get(a));
    Usage below = Objects.requireNonNull(sums.get(b));
    double ratio = above.jobsPerSecond() / below.jobsPerSecond();
    String what = "%d senders, %s to %s".formatted(senders, a, b).toLowerCase(Locale.ROOT);
    stage.report().remark(this, name, what, ratio);
  }

  @SuppressWarnings("try") // the crew works in the background until it is closed
  private static Usage round(
      Stage stage, Subject subject, HikariDataSource pool, int senders, Company company)
      throws Exception {
    Subject.Terms usual = Subject.Terms.usual(AT_ONCE);
    try (AutoCloseable crew =
        switch (company) {
          case NOBODY -> () -> {};
          case POLLING -> subject.start(usual.withoutListening(), message -> {});
          case LISTENING -> subject.start(usual, message -> {});
          case IDLE -> subject.start(usual.ofGroup("others"), message -> {});
          case STOPPED -> subject.start(usual, message -> {});
        }) {
      TimeUnit.MILLISECONDS.sleep(300); // a runner has turned idle by then
      if (company == Company.STOPPED) {
        crew.close();
      }
      AtomicInteger sent = new AtomicInteger();
      Usage usage =
          stage.meter().measure(1, () -> send(subject, pool, senders, sent, stage.size(2500, 700)));
      return usage.of(sent.get());
    } finally {
      subject.clear();
      subject.vacuum();
    }
  }

  private static void send(
      Subject subject, HikariDataSource pool, int senders, AtomicInteger sent, int millis)
      throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Clients.run(
        senders,
        thread -> {
          try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            while (System.nanoTime() - end < 0) {
              subject.send(connection, Payloads.messages(sent.incrementAndGet(), 1, 10));
              connection.commit();
            }
          }
        });
  }
}
