package io.jdbcmq.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobBuilder;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;

/**
 * JobRunr, the open-source edition. It polls every 5 s, the shortest that it allows on SQL
 * databases; while there is work its workers ask for more by themselves. Jobs are requests with a
 * handler, which need no analysis of byte code; lists go through a stream, as its <a
 * href="https://www.jobrunr.io/en/documentation/background-methods/enqueueing-jobs/">
 * documentation</a> shows for many jobs. Jobs that have succeeded stay in its table for 36 hours,
 * as they do by default.
 */
final class JobRunr implements Subject {
  private static final Duration POLL = Duration.ofSeconds(5);

  private final Place place;
  private final JsonMapper mapper = new Jackson3JsonMapper();
  private @Nullable JobRequestScheduler senders;

  JobRunr(Place place) {
    this.place = place;
  }

  /** What is stored: the handler's class and the payload. */
  public record Request(String text) implements JobRequest {
    @Override
    public Class<Handler> getJobRequestHandler() {
      return Handler.class;
    }
  }

  /** What JobRunr calls; the activator of a crew makes it. */
  public record Handler(Consumer<Message> handler) implements JobRequestHandler<Request> {
    @Override
    public void run(Request request) {
      handler.accept(new Message("", request.text()));
    }
  }

  @Override
  public String name() {
    return "jobrunr";
  }

  @Override
  public void install() {
    storage(place.senders(), DatabaseOptions.CREATE).close();
  }

  @Override
  public void send(List<Message> messages) {
    Stream<Request> requests = messages.stream().map(message -> new Request(message.text()));
    if (messages.size() == 1) {
      scheduler().enqueue(new Request(messages.get(0).text()));
    } else {
      scheduler().enqueue(requests);
    }
  }

  @Override
  public void sendAt(Instant due, List<Message> messages) {
    scheduler()
        .create(
            messages.stream()
                .map(message -> new Request(message.text()))
                .map(request -> JobBuilder.aJob().withJobRequest(request).scheduleAt(due)));
  }

  /** Needs the tables, so it is made when the first job is sent. */
  private synchronized JobRequestScheduler scheduler() {
    if (senders == null) {
      senders =
          new JobRequestScheduler(storage(place.senders(), DatabaseOptions.SKIP_CREATE), List.of());
    }
    return senders;
  }

  private StorageProvider storage(DataSource pool, DatabaseOptions options) {
    StorageProvider storage = new PostgresStorageProvider(pool, options);
    storage.setJobMapper(new JobMapper(mapper));
    return storage;
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    StorageProvider storage = storage(place.workers(), DatabaseOptions.SKIP_CREATE);
    BackgroundJobServer server =
        new BackgroundJobServer(
            storage,
            mapper,
            new Activator(new Handler(handler)),
            BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                .andWorkerCount(terms.atOnce())
                .andPollInterval(POLL));
    server.start();
    return () -> {
      server.stop();
      storage.close();
    };
  }

  /** Gives JobRunr the one handler there is. */
  private record Activator(Handler handler) implements JobActivator {
    @Override
    public <T> T activateJob(Class<T> type) {
      return type.cast(handler);
    }
  }

  @Override
  public void clear() {
    place.truncate("jobrunr_jobs", "jobrunr_backgroundjobservers");
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
