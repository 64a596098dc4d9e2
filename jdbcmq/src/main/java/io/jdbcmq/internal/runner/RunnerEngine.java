package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.maintenance.Heartbeat;
import io.jdbcmq.internal.maintenance.Rescuer;
import io.jdbcmq.internal.notify.Listener;
import io.jdbcmq.internal.notify.LocalSignals;
import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.sql.ClaimCalls;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.LeaseCalls;
import io.jdbcmq.internal.sql.LeaseCalls.RunnerInfo;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.spi.PayloadCodec;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assembles a runner: a fetcher that claims jobs, threads that run their handlers, a completer that
 * settles the outcomes, and beside them heartbeat, rescuer and listener, and what stops handlers: a
 * watchdog and a watch for cancellations.
 */
public final class RunnerEngine {
  private static final Logger LOG = LoggerFactory.getLogger(RunnerEngine.class);
  private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(2);
  private static final Duration SETTLING = Duration.ofSeconds(10);

  private final RunnerSettings settings;
  private final LocalSignals localSignals;
  private final WorkSignal signal = new WorkSignal();
  private final Slots slots;
  private final Runs runs;
  private final HandlerThreads threads;
  private final Completer completer;
  private final Watchdog watchdog;
  private final CancelWatch cancelWatch;
  private final Dispatcher dispatcher;
  private final Fetcher fetcher;
  private final Heartbeat heartbeat;
  private final Rescuer rescuer;
  private final Optional<Listener> listener;
  private LocalSignals.@Nullable Subscription subscription;

  /**
   * A runner, not yet started.
   *
   * @param pool connections for claims, outcomes and transactional handlers
   * @param direct connections that heartbeat and listener keep
   */
  public RunnerEngine(
      RunnerSettings settings,
      Handlers handlers,
      Schema schema,
      Database pool,
      Database direct,
      PayloadCodec codec,
      RunnerInfo info,
      LocalSignals localSignals,
      Events events) {
    this.settings = settings;
    this.localSignals = localSignals;
    Database database = pool.withTimeout(STATEMENT_TIMEOUT);
    LeaseCalls leaseCalls = new LeaseCalls(schema);
    RunEvents runEvents = new RunEvents(events, handlers.onError());
    Settlements settlements = new Settlements(database, new SettleCalls(schema), runEvents);
    WorkSignal cancelled = new WorkSignal();
    this.slots = new Slots(settings.minConcurrency(), settings.maxConcurrency(), signal);
    this.runs = new Runs(slots);
    this.completer = new Completer(new Batcher(settlements, this::settled, runEvents), runEvents);
    this.watchdog = new Watchdog(settings.grace(), runs, completer::add);
    this.cancelWatch = new CancelWatch(settlements, runs.unsettled(), cancelled);
    this.heartbeat =
        new Heartbeat(direct, leaseCalls, settings.lease(), info, runs::leaseLost, events);
    this.rescuer = new Rescuer(database, leaseCalls, settings.lease(), events);
    this.listener =
        settings.pollOnly()
            ? Optional.empty()
            : Optional.of(new Listener(direct, leaseCalls, settings.channels(), signal, cancelled));
    this.threads = HandlerThreads.create(settings.maxConcurrency());
    this.dispatcher =
        new Dispatcher(
            new RunContext(new RunCalls(schema), pool, codec, settings.handlersKeepAlive()),
            runs,
            threads,
            new HandlerInvoker(handlers, pool, watchdog, runEvents),
            completer::add,
            settlements,
            heartbeat::runnerId);
    this.fetcher =
        new Fetcher(
            settings,
            database,
            new ClaimCalls(schema),
            heartbeat::runnerId,
            slots,
            signal,
            dispatcher,
            events);
  }

  /**
   * Registers the runner and starts to work.
   *
   * @throws SQLException if the runner could not be registered; nothing is left running
   */
  public void start() throws SQLException {
    heartbeat.start();
    subscription = localSignals.subscribe(Set.copyOf(settings.channels()), signal);
    listener.ifPresent(Listener::start);
    rescuer.start();
    completer.start();
    cancelWatch.start();
    fetcher.start();
  }

  /** The id under which the runner holds its lease; empty while it has none. */
  public Optional<UUID> runnerId() {
    return heartbeat.runnerId();
  }

  /** How many handlers run now. */
  public int running() {
    return slots.running();
  }

  /**
   * Stops: fetches no more, waits for handlers, interrupts those that take longer, settles what has
   * ended, and last of all ends the lease. An interrupt of the calling thread ends its patience.
   *
   * @param patience how long handlers may take to end by themselves
   * @return whether all of them have ended and are settled
   */
  public boolean stop(Duration patience) {
    LocalSignals.Subscription open = subscription;
    if (open != null) {
      open.close();
    }
    boolean interrupted = Thread.interrupted(); // else each wait below would end at once
    boolean settled = false;
    dispatcher.stop();
    boolean fetcherEnded = fetcher.close(STATEMENT_TIMEOUT.multipliedBy(2));
    try {
      interrupted |= endHandlers(interrupted ? Duration.ZERO : patience);
      settled = slots.awaitSettled(SETTLING) && fetcherEnded;
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (!settled) {
      LOG.warn("not all jobs have ended or are settled: they are rescued when the lease runs out");
    }
    threads.shutdown();
    watchdog.close();
    cancelWatch.close();
    completer.close();
    rescuer.close();
    heartbeat.close(settled);
    listener.ifPresent(Listener::close);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return settled;
  }

  /** Waits for handlers, then interrupts them; returns whether this thread was interrupted. */
  private boolean endHandlers(Duration patience) throws InterruptedException {
    boolean interrupted = false;
    boolean ended = false;
    try {
      ended = slots.awaitEnded(patience);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (!ended) {
      LOG.warn("handlers still running after {}: {}; interrupting them", patience, slots.running());
      runs.interruptAll();
      slots.awaitEnded(AFTER_INTERRUPT);
    }
    return interrupted;
  }

  private void settled(Run run) {
    runs.settled(run);
    if (run.job().ordered()) {
      signal.signal(); // the next job of its channel has become ready with its end
    }
  }
}
