package io.jdbcmq.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.SchedulerRepository;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/**
 * Quartz with its JDBC store: one durable job, and for each job that is sent a trigger with its
 * payload, which is the least that it can write. Clustered, as several processes need it; as many
 * triggers are acquired at once as there are threads, with the lock that this requires, and {@code
 * useProperties}: see its <a
 * href="https://www.quartz-scheduler.org/documentation/quartz-2.3.0/configuration/ConfigMain.html">
 * configuration reference</a>. An idle scheduler looks for work every second, the shortest that it
 * allows. Lists of triggers have no call of their own for a job that exists: they go through {@code
 * scheduleJobs}, whose transaction they share.
 */
final class Quartz implements Subject {
  private static final String JOB = "no-op";
  private static final String CLUSTER = "bench";
  private static final String TEXT = "text";
  private static final String IDLE_MILLIS = "1000";
  private static final String NO_MISFIRES_MILLIS = "86400000";

  private final Place place;
  private @Nullable Scheduler senders;

  Quartz(Place place) {
    this.place = place;
  }

  /** What Quartz runs; the handler is in the context of the scheduler. */
  public static final class NoOp implements Job {
    @Override
    public void execute(JobExecutionContext context) throws JobExecutionException {
      try {
        if (context.getScheduler().getContext().get(JOB) instanceof Handler handler) {
          String text = context.getTrigger().getJobDataMap().getString(TEXT);
          handler.handler().accept(new Message("", text));
        }
      } catch (SchedulerException e) {
        throw new JobExecutionException(e);
      }
    }
  }

  private record Handler(Consumer<Message> handler) {}

  /** A pool that is opened and closed elsewhere. */
  private record Pool(DataSource dataSource) implements ConnectionProvider {
    @Override
    public Connection getConnection() throws SQLException {
      return dataSource.getConnection();
    }

    @Override
    public void shutdown() {}

    @Override
    public void initialize() {}
  }

  @Override
  public String name() {
    return "quartz";
  }

  /** The script in its jar. */
  @Override
  public void install() {
    try (InputStream script =
        StdSchedulerFactory.class.getResourceAsStream("jdbcjobstore/tables_postgres.sql")) {
      if (script == null) {
        throw new IllegalStateException("Quartz has no tables_postgres.sql");
      }
      place.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    storeJob();
  }

  private void storeJob() {
    try {
      scheduler().addJob(job(), true);
    } catch (SchedulerException e) {
      throw new IllegalStateException("Quartz could not store its job", e);
    }
  }

  @Override
  public void send(List<Message> messages) {
    schedule(messages, Instant.now());
  }

  @Override
  public void sendAt(Instant due, List<Message> messages) {
    schedule(messages, due);
  }

  private void schedule(List<Message> messages, Instant due) {
    try {
      if (messages.size() == 1) {
        scheduler().scheduleJob(trigger(messages.get(0), due));
      } else {
        Set<Trigger> triggers =
            messages.stream().map(message -> trigger(message, due)).collect(Collectors.toSet());
        scheduler().scheduleJobs(Map.of(job(), triggers), true);
      }
    } catch (SchedulerException e) {
      throw new IllegalStateException("Quartz could not schedule", e);
    }
  }

  private static JobDetail job() {
    return JobBuilder.newJob(NoOp.class).withIdentity(JOB).storeDurably().build();
  }

  private static Trigger trigger(Message message, Instant due) {
    return TriggerBuilder.newTrigger()
        .forJob(JOB)
        .withIdentity(UUID.randomUUID().toString())
        .usingJobData(TEXT, message.text())
        .startAt(Date.from(due))
        .withSchedule(SimpleScheduleBuilder.simpleSchedule())
        .build();
  }

  /** Only stores: it is never started. Needs the tables, so it is made late. */
  private synchronized Scheduler scheduler() {
    if (senders == null) {
      senders = scheduler(place.senders(), 1);
    }
    return senders;
  }

  private static synchronized Scheduler scheduler(DataSource pool, int threads) {
    String source = "pool-" + UUID.randomUUID();
    DBConnectionManager.getInstance().addConnectionProvider(source, new Pool(pool));
    Properties settings = new Properties();
    settings.setProperty("org.quartz.scheduler.instanceName", CLUSTER);
    settings.setProperty("org.quartz.scheduler.instanceId", "AUTO");
    settings.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
    settings.setProperty("org.quartz.scheduler.idleWaitTime", IDLE_MILLIS);
    String count = Integer.toString(threads);
    settings.setProperty("org.quartz.scheduler.batchTriggerAcquisitionMaxCount", count);
    settings.setProperty("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
    settings.setProperty("org.quartz.threadPool.threadCount", count);
    String store = "org.quartz.jobStore.";
    settings.setProperty(store + "class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
    settings.setProperty(
        store + "driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
    settings.setProperty(store + "dataSource", source);
    settings.setProperty(store + "useProperties", "true");
    settings.setProperty(store + "isClustered", "true");
    settings.setProperty(store + "acquireTriggersWithinLock", "true");
    settings.setProperty(store + "misfireThreshold", NO_MISFIRES_MILLIS);
    try {
      // It knows one scheduler of each name in a process, and would return that.
      SchedulerRepository.getInstance().remove(CLUSTER);
      return new StdSchedulerFactory(settings).getScheduler();
    } catch (SchedulerException e) {
      throw new IllegalStateException("Quartz could not be set up", e);
    }
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    Scheduler scheduler = scheduler(place.workers(), terms.atOnce());
    try {
      scheduler.getContext().put(JOB, new Handler(handler));
      scheduler.start();
    } catch (SchedulerException e) {
      throw new IllegalStateException("Quartz could not be started", e);
    }
    return () -> stop(scheduler);
  }

  private static void stop(Scheduler scheduler) {
    try {
      scheduler.shutdown(true);
    } catch (SchedulerException e) {
      throw new IllegalStateException("Quartz could not be stopped", e);
    }
  }

  @Override
  public void clear() {
    place.truncate(
        "qrtz_triggers",
        "qrtz_simple_triggers",
        "qrtz_simprop_triggers",
        "qrtz_cron_triggers",
        "qrtz_blob_triggers",
        "qrtz_fired_triggers");
  }

  @Override
  public void vacuum() {
    place.vacuum();
  }

  @Override
  public void close() {
    if (senders != null) {
      stop(senders);
    }
    place.dropSchema();
  }
}
