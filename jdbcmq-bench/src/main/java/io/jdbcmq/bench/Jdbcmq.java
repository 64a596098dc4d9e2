package io.jdbcmq.bench;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** jdbcmq, in a schema of its own. Senders and runners share nothing but the database. */
final class Jdbcmq implements Subject {
  static final String JOB = "no-op";
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Database database;
  private final String schema;
  private final DataSource sendersPool;
  private final JobQueue senders;
  private final JobQueue runners;

  /** A queue whose senders and runners have a pool each; it may be the same one. */
  Jdbcmq(Database database, DataSource senders, DataSource runners, String schema) {
    this(database, senders, runners, schema, queue -> {});
  }

  /** At a place. */
  Jdbcmq(Place place) {
    this(place, queue -> {});
  }

  /** One whose senders share transactions. */
  static Jdbcmq gathering(Place place) {
    return new Jdbcmq(place, queue -> queue.gatherSends(1));
  }

  private Jdbcmq(Place place, Consumer<JobQueue.Builder> setting) {
    this(place.database(), place.senders(), place.workers(), place.schema(), setting);
  }

  private Jdbcmq(
      Database database,
      DataSource senders,
      DataSource runners,
      String schema,
      Consumer<JobQueue.Builder> setting) {
    this.database = database;
    this.schema = schema;
    this.sendersPool = senders;
    JobQueue.Builder sending = builder(senders);
    setting.accept(sending);
    this.senders = sending.build();
    this.runners = builder(runners).build();
  }

  @Override
  public void install() {
    senders.migrate();
  }

  @Override
  public String name() {
    return "jdbcmq";
  }

  /** For what scenarios of jdbcmq alone need. */
  JobQueue queue() {
    return builder(sendersPool).build();
  }

  private JobQueue.Builder builder(DataSource pool) {
    return JobQueue.builder(pool).direct(database.direct()).schema(schema);
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
  public void sendAt(Instant due, List<Message> messages) {
    senders.send(messages.stream().map(message -> request(message).runAt(due)).toList());
  }

  @Override
  public void sendOrdered(List<Message> messages) {
    senders.send(messages.stream().map(message -> request(message).ordered()).toList());
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
    database
        .texts("select table_name from information_schema.tables where table_schema = ?", schema)
        .forEach(table -> database.execute("vacuum (analyze) " + schema + "." + table));
  }

  @Override
  public void close() {
    database.execute("drop schema " + schema + " cascade");
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
