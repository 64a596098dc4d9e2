package io.jdbcmq.bench;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * db-scheduler, with both of its polling strategies, and the thread limits that were the fastest in
 * the <a href="https://github.com/kagkarlsson/db-scheduler#benchmark-test">benchmark of its
 * README</a> on machines of two cores. It looks for work every 20 ms instead of every 10 s, or it
 * would wait that long when it is idle. Jobs go through {@code scheduleBatch}; heartbeats are as
 * they are by default. The caller's transaction is joined through the data source, as the README
 * says.
 */
final class DbScheduler implements Subject {
  private static final String TASK = "no-op";
  private static final Duration POLL = Duration.ofMillis(20);

  /** How it finds work. */
  enum Polling {
    LOCK_AND_FETCH("db-scheduler"),
    FETCH("db-scheduler-fetch");

    private final String system;

    Polling(String system) {
      this.system = system;
    }

    private SchedulerBuilder configure(SchedulerBuilder builder) {
      return switch (this) {
        case LOCK_AND_FETCH -> builder.pollUsingLockAndFetch(2.0, 6.0);
        case FETCH -> builder.pollUsingFetch(2.0, 6.0);
      };
    }
  }

  private final Place place;
  private final Polling polling;
  private final OneTimeTask<String> task = task(message -> {});
  private final SchedulerClient senders;
  private final SchedulerClient joining;

  DbScheduler(Place place, Polling polling) {
    this.place = place;
    this.polling = polling;
    this.senders = client(place.senders());
    this.joining = client(Borrowed.or(place.senders()));
  }

  @Override
  public String name() {
    return polling.system;
  }

  /** The table of the documentation, postgresql_tables.sql. */
  @Override
  public void install() {
    place.execute(
        """
        create table scheduled_tasks (
          task_name text not null,
          task_instance text not null,
          task_data bytea,
          execution_time timestamp with time zone not null,
          picked boolean not null,
          picked_by text,
          last_success timestamp with time zone,
          last_failure timestamp with time zone,
          consecutive_failures int,
          last_heartbeat timestamp with time zone,
          version bigint not null,
          priority smallint,
          primary key (task_name, task_instance)
        );
        create index execution_time_idx on scheduled_tasks (execution_time);
        create index last_heartbeat_idx on scheduled_tasks (last_heartbeat);
        create index priority_execution_time_idx
          on scheduled_tasks (priority desc, execution_time asc)\
        """);
  }

  @Override
  public void send(List<Message> messages) {
    send(senders, messages, Instant.now());
  }

  @Override
  public void send(Connection connection, List<Message> messages) {
    Borrowed.during(connection, () -> send(joining, messages, Instant.now()));
  }

  @Override
  public void sendAt(Instant due, List<Message> messages) {
    send(senders, messages, due);
  }

  private void send(SchedulerClient client, List<Message> messages, Instant due) {
    Stream<TaskInstance<?>> instances =
        messages.stream()
            .map(message -> task.instance(UUID.randomUUID().toString(), message.text()));
    client.scheduleBatch(instances, due); // also one: scheduleIfNotExists would look for it first
  }

  private SchedulerClient client(DataSource dataSource) {
    return SchedulerClient.Builder.create(dataSource, task).build();
  }

  private static OneTimeTask<String> task(Consumer<Message> handler) {
    return Tasks.oneTime(TASK, String.class)
        .execute((instance, context) -> handler.accept(new Message("", instance.getData())));
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    SchedulerBuilder builder =
        Scheduler.create(place.workers(), task(handler))
            .threads(terms.atOnce())
            .pollingInterval(POLL)
            .schedulerName(new SchedulerName.Fixed("bench-" + UUID.randomUUID()));
    Scheduler scheduler = polling.configure(builder).build();
    scheduler.start();
    return scheduler::stop;
  }

  @Override
  public void clear() {
    place.truncate("scheduled_tasks");
  }

  @Override
  public void vacuum() {
    place.vacuum();
  }

  @Override
  public void close() {
    place.dropSchema();
  }
}
