package io.jdbcmq.spring;

import io.jdbcmq.annotation.Context;
import io.jdbcmq.annotation.Job;
import io.jdbcmq.job.CurrentJob;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Beans with jobs. What the processor would generate for them is beside them, by hand. */
final class Handlers {
  private Handlers() {}

  /** Payload. */
  record Note(String text) {}

  /** A context object. */
  static class Log {
    final List<String> lines = new CopyOnWriteArrayList<>();
  }

  /** A plain bean. */
  static class Notes {
    @Job
    void note(CurrentJob job, Note note, Log log) {
      log.lines.add(note.text());
    }
  }

  /** One that Spring wraps into a proxy. */
  static class Proxied {
    @Job
    @Transactional
    void proxied(@Context Log log) {
      log.lines.add("in " + TransactionSynchronizationManager.getCurrentTransactionName());
    }
  }

  /** What is done here is part of the transaction that completes the job. */
  static class Booking {
    private final JdbcTemplate jdbc;
    private final Ledger ledger;

    Booking(JdbcTemplate jdbc, Ledger ledger) {
      this.jdbc = jdbc;
      this.ledger = ledger;
    }

    @Job(transactional = true)
    void book(CurrentJob job, Note note) {
      jdbc.update("insert into notes values (?)", note.text());
      ledger.enter(note.text(), job.attempt());
    }
  }

  /** Called by a transactional handler. */
  static class Ledger {
    private final JdbcTemplate jdbc;

    Ledger(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
    }

    @Transactional
    void enter(String text, int attempt) {
      jdbc.update("insert into notes values (?)", "ledger " + text);
      if (attempt == 1) {
        throw new IllegalStateException("the first attempt fails");
      }
    }
  }

  /** One that takes its time. */
  static class Slow {
    final CountDownLatch started = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    final List<String> ended = new CopyOnWriteArrayList<>();

    @Job
    void slow() throws InterruptedException {
      started.countDown();
      try {
        go.await();
        ended.add("done");
      } catch (InterruptedException e) {
        ended.add("interrupted");
        throw e;
      }
    }
  }

  /** One for which nothing was generated. */
  static class Forgotten {
    @Job
    void forgotten() {}
  }

  /** What the proxy of an interface hides. */
  interface Service {
    void serve();
  }

  static class ServiceBean implements Service {
    @Override
    @Transactional
    public void serve() {}

    @Job
    void serveLater() {
      serve();
    }
  }
}
