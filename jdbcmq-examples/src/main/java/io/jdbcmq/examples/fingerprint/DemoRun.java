package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.JobQueue;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** The demo from beginning to end. */
final class DemoRun {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final int MAX_NAMED = 3;

  private final Settings settings;
  private final FileList list;
  private final Progress progress = new Progress(System.out, Integer.getInteger("demo.columns", 0));

  DemoRun(Settings settings, FileList list) {
    this.settings = settings;
    this.list = list;
  }

  /** Returns whether each file has exactly one result. */
  boolean run() throws SQLException, IOException, InterruptedException {
    sayFiles();
    try (Cleanup cleanup = Cleanup.atExit()) {
      try {
        return run(cleanup);
      } catch (SQLException | IOException | RuntimeException e) {
        if (cleanup.isInterrupted()) {
          return false; // it failed because all is being closed, which is no news
        }
        progress.close();
        throw e;
      }
    }
  }

  private boolean run(Cleanup cleanup) throws SQLException, IOException, InterruptedException {
    WorkFolder work = cleanup.add(WorkFolder.create(settings.keep()));
    System.setProperty("demo.log", work.path().resolve("demo.log").toString());
    progress.say(
        "Preparing PostgreSQL; an embedded one takes some seconds longer the first time ...");
    DemoServer server =
        cleanup.add(
            DemoServer.start(
                settings.runners(), settings.keep() ? Optional.of(work.data()) : Optional.empty()));
    JobQueue queue = JobQueue.builder(server.source()).schema(DemoSchema.NAME).build();
    Connection connection =
        server.prepare(
            () -> {
              cleanup.add(DemoSchema.create(server.source(), settings.keep()));
              queue.migrate();
              return cleanup.add(server.source().getConnection());
            });
    progress.say(server.description(connection) + ".");
    Crew crew = startCrew(cleanup, server, work, connection);
    Sender sender = new Sender(server.source(), queue);
    Course course =
        new Course(connection, queue, crew, progress, list.files().size(), settings.kill());
    course.run(SendingThread.start(sender, list.files()));
    progress.close();
    crew.stop();
    Totals totals = Totals.read(connection);
    report(new Report(totals, list.skipped().size(), course.deadLetters()), server, work);
    return totals.isRight();
  }

  private Crew startCrew(Cleanup cleanup, DemoServer server, WorkFolder work, Connection connection)
      throws SQLException, IOException, InterruptedException {
    int concurrency = server.concurrency(connection, settings.runners());
    progress.say(
        "Starting %d runners, each a process that runs up to %d jobs at once ..."
            .formatted(settings.runners(), concurrency));
    Crew crew = cleanup.add(new Crew(server.server(), work.path(), concurrency));
    for (int i = 0; i < settings.runners(); i++) {
      crew.startOne();
    }
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (DemoTables.countRunners(connection) < settings.runners()) {
      crew.check();
      if (System.nanoTime() > deadline) {
        throw new DemoFailedException(
            "the runners were not ready in time; their last lines:%n%s".formatted(crew.logTails()));
      }
      Thread.sleep(LOOK.toMillis());
    }
    return crew;
  }

  private void report(Report report, DemoServer server, WorkFolder work) {
    progress.say("");
    report.table().forEach(progress::say);
    progress.say("");
    if (settings.keep()) {
      server.whereToLook().forEach(progress::say);
      progress.say("Logs of the runners: " + work.path());
      progress.say("");
    }
    progress.say(report.verdict());
  }

  private void sayFiles() {
    progress.say(
        "%s files, %s.".formatted(Text.count(list.files().size()), Text.bytes(list.bytes())));
    if (!list.skipped().isEmpty()) {
      progress.say(
          "Skipped, because they cannot be read: %s (%s)"
              .formatted(
                  Text.count(list.skipped().size()),
                  String.join(", ", list.skipped().stream().limit(MAX_NAMED).toList())));
    }
  }
}
