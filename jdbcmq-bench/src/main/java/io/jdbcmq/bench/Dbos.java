package io.jdbcmq.bench;

import dev.dbos.transact.DBOS;
import dev.dbos.transact.DBOSClient;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.workflow.Queue;
import dev.dbos.transact.workflow.Workflow;
import dev.dbos.transact.workflow.WorkflowClassName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * DBOS Transact: a job is a workflow of no steps, enqueued by a {@code DBOSClient} as its <a
 * href="https://docs.dbos.dev/java/reference/client">documentation</a> shows for senders that are
 * not workers. The <a href="https://docs.dbos.dev/java/tutorials/queue-tutorial">queue</a> limits
 * how many run at once in a process, and looks for work every 20 ms instead of every second.
 * Workflows that have ended stay in its table, which is what it is for.
 */
final class Dbos implements Subject {
  private static final String QUEUE = "orders";
  private static final String WORKFLOW = "noOp";
  private static final String CLASS = "Work";
  private static final String VERSION = "1";
  private static final Duration POLL = Duration.ofMillis(20);

  private final Place place;
  private @Nullable DBOSClient senders;

  Dbos(Place place) {
    this.place = place;
  }

  /** What DBOS makes a proxy of. */
  public interface Work {
    /** Runs a job. */
    void noOp(String text);
  }

  /** What the proxy calls. */
  @WorkflowClassName(CLASS)
  public static final class Handling implements Work {
    private final Consumer<String> handler;

    Handling(Consumer<String> handler) {
      this.handler = handler;
    }

    @Override
    @Workflow(name = WORKFLOW)
    public void noOp(String text) {
      handler.accept(text);
    }
  }

  @Override
  public String name() {
    return "dbos";
  }

  /** Its migrations run when it is launched. */
  @Override
  public void install() {
    DBOS dbos = launch(1, text -> {});
    dbos.shutdown();
  }

  private DBOS launch(int atOnce, Consumer<String> handler) {
    DBOS dbos =
        new DBOS(
            DBOSConfig.defaults("bench")
                .withDataSource(place.workers())
                .withDatabaseSchema(place.schema())
                .withAppVersion(VERSION)
                .withExecutorId(UUID.randomUUID().toString()));
    dbos.registerQueue(new Queue(QUEUE).withWorkerConcurrency(atOnce).withPollingInterval(POLL));
    dbos.registerProxy(Work.class, new Handling(handler));
    dbos.launch();
    return dbos;
  }

  @Override
  public void send(List<Message> messages) {
    DBOSClient client = client();
    messages.forEach(message -> client.enqueueWorkflow(options(), arguments(message)));
  }

  @Override
  public void sendAt(Instant due, List<Message> messages) {
    DBOSClient client = client();
    for (Message message : messages) {
      Duration delay = Duration.between(Instant.now(), due);
      client.enqueueWorkflow(options().withDelay(delay), arguments(message));
    }
  }

  private static DBOSClient.EnqueueOptions options() {
    return new DBOSClient.EnqueueOptions(WORKFLOW, CLASS, QUEUE).withAppVersion(VERSION);
  }

  private static Object[] arguments(Message message) {
    return new Object[] {message.text()};
  }

  /** Needs the tables, so it is made late. */
  private synchronized DBOSClient client() {
    if (senders == null) {
      senders = new DBOSClient(place.senders(), place.schema());
    }
    return senders;
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    return launch(terms.atOnce(), text -> handler.accept(new Message("", text)))::shutdown;
  }

  @Override
  public void clear() {
    place.execute("truncate workflow_status cascade");
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
