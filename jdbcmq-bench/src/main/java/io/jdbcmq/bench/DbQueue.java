package io.jdbcmq.bench;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import ru.yoomoney.tech.dbqueue.api.EnqueueParams;
import ru.yoomoney.tech.dbqueue.api.QueueConsumer;
import ru.yoomoney.tech.dbqueue.api.Task;
import ru.yoomoney.tech.dbqueue.api.TaskExecutionResult;
import ru.yoomoney.tech.dbqueue.api.TaskPayloadTransformer;
import ru.yoomoney.tech.dbqueue.api.impl.NoopPayloadTransformer;
import ru.yoomoney.tech.dbqueue.config.DatabaseDialect;
import ru.yoomoney.tech.dbqueue.config.QueueService;
import ru.yoomoney.tech.dbqueue.config.QueueShard;
import ru.yoomoney.tech.dbqueue.config.QueueShardId;
import ru.yoomoney.tech.dbqueue.config.QueueTableSchema;
import ru.yoomoney.tech.dbqueue.config.impl.NoopTaskLifecycleListener;
import ru.yoomoney.tech.dbqueue.config.impl.NoopThreadLifecycleListener;
import ru.yoomoney.tech.dbqueue.dao.QueueDao;
import ru.yoomoney.tech.dbqueue.settings.ProcessingMode;
import ru.yoomoney.tech.dbqueue.settings.QueueConfig;
import ru.yoomoney.tech.dbqueue.settings.QueueId;
import ru.yoomoney.tech.dbqueue.settings.QueueLocation;
import ru.yoomoney.tech.dbqueue.settings.QueueSettings;
import ru.yoomoney.tech.dbqueue.settings.ReenqueueRetrySettings;
import ru.yoomoney.tech.dbqueue.settings.TaskRetryType;
import ru.yoomoney.tech.dbqueue.spring.dao.PostgresQueueDao;
import ru.yoomoney.tech.dbqueue.spring.dao.SpringDatabaseAccessLayer;

/**
 * YooMoney's db-queue, with its Spring module, and with the table, the index and their settings for
 * production of its <a
 * href="https://github.com/yoomoney/db-queue#database-configuration">README</a>. Each of its
 * threads picks one job at a time, in separate transactions, which is its default; there is no
 * pause between jobs, and 20 ms when there was none. More threads than the pool has connections
 * help only handlers that wait, so there are as many as handlers may run at once, up to 200.
 */
final class DbQueue implements Subject {
  private static final QueueId QUEUE = new QueueId("orders");
  private static final QueueShardId SHARD = new QueueShardId("main");
  private static final QueueTableSchema SCHEMA = QueueTableSchema.builder().build();
  private static final Duration NO_PAUSE = Duration.ZERO;
  private static final Duration IDLE = Duration.ofMillis(20);

  private final Place place;
  private final QueueLocation location =
      QueueLocation.builder().withTableName("queue_tasks").withQueueId(QUEUE).build();
  private final QueueDao senders;
  private final QueueDao joining;

  DbQueue(Place place) {
    this.place = place;
    this.senders = new PostgresQueueDao(new JdbcTemplate(place.senders()), SCHEMA);
    this.joining = new PostgresQueueDao(new JdbcTemplate(Borrowed.or(place.senders())), SCHEMA);
  }

  @Override
  public String name() {
    return "db-queue";
  }

  @Override
  public void install() {
    place.execute(
        """
        create table queue_tasks (
          id bigserial primary key,
          queue_name text not null,
          payload text,
          created_at timestamp with time zone default now(),
          next_process_at timestamp with time zone default now(),
          attempt integer default 0,
          reenqueue_attempt integer default 0,
          total_attempt integer default 0
        ) with (
          fillfactor = 30,
          autovacuum_vacuum_cost_delay = 5,
          autovacuum_vacuum_cost_limit = 500,
          autovacuum_vacuum_scale_factor = 0.0001
        );
        create index queue_tasks_name_time_desc_idx
          on queue_tasks using btree (queue_name, next_process_at, id desc)
          with (fillfactor = 30)\
        """);
  }

  @Override
  public void send(List<Message> messages) {
    send(senders, messages);
  }

  @Override
  public void send(Connection connection, List<Message> messages) {
    Borrowed.during(connection, () -> send(joining, messages));
  }

  private void send(QueueDao dao, List<Message> messages) {
    messages.forEach(message -> dao.enqueue(location, EnqueueParams.create(message.text())));
  }

  @Override
  public void sendAt(Instant due, List<Message> messages) {
    for (Message message : messages) {
      Duration delay = Duration.between(Instant.now(), due);
      senders.enqueue(location, EnqueueParams.create(message.text()).withExecutionDelay(delay));
    }
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    SpringDatabaseAccessLayer access =
        new SpringDatabaseAccessLayer(
            DatabaseDialect.POSTGRESQL,
            SCHEMA,
            new JdbcTemplate(place.workers()),
            new TransactionTemplate(new DataSourceTransactionManager(place.workers())));
    QueueService service =
        new QueueService(
            List.of(new QueueShard<>(SHARD, access)),
            NoopThreadLifecycleListener.getInstance(),
            NoopTaskLifecycleListener.getInstance());
    service.registerQueue(
        new Handling(handler, new QueueConfig(location, settings(terms.atOnce()))));
    service.start();
    return () -> {
      service.shutdown();
      service.awaitTermination(Duration.ofSeconds(30));
    };
  }

  private static QueueSettings settings(int threads) {
    return QueueSettings.builder()
        .withProcessingMode(ProcessingMode.SEPARATE_TRANSACTIONS)
        .withThreadCount(threads)
        .withBetweenTaskTimeout(NO_PAUSE)
        .withNoTaskTimeout(IDLE)
        .withFatalCrashTimeout(Duration.ofSeconds(1))
        .withRetryType(TaskRetryType.GEOMETRIC_BACKOFF)
        .withRetryInterval(Duration.ofMinutes(1))
        .withReenqueueRetrySettings(ReenqueueRetrySettings.createDefault())
        .build();
  }

  private record Handling(Consumer<Message> handler, QueueConfig config)
      implements QueueConsumer<String> {
    @Override
    public TaskExecutionResult execute(Task<String> task) {
      handler.accept(new Message("", task.getPayloadOrThrow()));
      return TaskExecutionResult.finish();
    }

    @Override
    public QueueConfig getQueueConfig() {
      return config;
    }

    @Override
    public TaskPayloadTransformer<String> getPayloadTransformer() {
      return NoopPayloadTransformer.getInstance();
    }
  }

  @Override
  public void clear() {
    place.truncate("queue_tasks");
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
