package io.jdbcmq.bench;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** jdbcmq, in a schema of its own. Senders and runners share nothing but the database. */
final class Jdbcmq implements Subject {
  static final String JOB = "no-op";
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Stage stage;
  private final String schema;
  private final JobQueue senders;
  private final JobQueue runners;

  Jdbcmq(Stage stage, String schema) {
    this.stage = stage;
    this.schema = schema;
    this.senders = queue();
    this.runners = queue();
    senders.migrate();
  }

  @Override
  public String name() {
    return "jdbcmq";
  }

  /** For what scenarios of jdbcmq alone need. */
  JobQueue queue() {
    return JobQueue.builder(stage.pool()).direct(stage.direct()).schema(schema).build();
  }

  String schema() {
    return schema;
  }

  @Override
  public void send(List<Message> messages) {
    senders.send(requests(messages));
  }

  @Override
  public void send(Connection connection, List<Message> messages) {
    senders.send(connection, requests(messages));
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    JobRegistry registry =
        JobRegistry.builder()
            .handle(
                JOB,
                job -> handler.accept(new Message(job.channel().args(), job.json().orElseThrow())))
            .build();
    int fetchBelow = Math.max(1, terms.atOnce() / 2);
    JobRunner.Builder builder =
        runners.runner(registry).channels(terms.group()).concurrency(fetchBelow, terms.atOnce());
    JobRunner runner = (terms.listens() ? builder : builder.pollOnly()).start();
    return () -> stop(runner);
  }

  @Override
  public void clear() {
    senders.clearAll();
  }

  @Override
  public void vacuum() {
    stage
        .texts("select table_name from information_schema.tables where table_schema = ?", schema)
        .forEach(table -> stage.execute("vacuum (analyze) " + schema + "." + table));
  }

  @Override
  public void close() {
    stage.execute("drop schema " + schema + " cascade");
  }

  /** A request for a job that does nothing. */
  static JobRequest request(Message message) {
    return JobRequest.of(JOB).channel(Terms.USUAL_GROUP, message.channel()).json(message.text());
  }

  static void stop(JobRunner runner) {
    if (!runner.shutdown(PATIENCE)) {
      throw new IllegalStateException("a runner had not settled all its jobs within " + PATIENCE);
    }
  }

  private static List<JobRequest> requests(List<Message> messages) {
    return messages.stream().map(Jdbcmq::request).toList();
  }
}
