package io.jdbcmq;

import io.jdbcmq.internal.runner.Handler;
import io.jdbcmq.internal.runner.Handlers;
import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.PayloadHandler;
import io.jdbcmq.job.TransactionalHandler;
import io.jdbcmq.job.TransactionalPayloadHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handlers that a runner has, by job name. Immutable; thread-safe. */
public final class JobRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(JobRegistry.class);

  private final Map<String, Handler> handlers;
  private final List<JobErrorListener> errorListeners;
  private final boolean decodes;

  private JobRegistry(
      Map<String, Handler> handlers, List<JobErrorListener> errorListeners, boolean decodes) {
    this.handlers = Map.copyOf(handlers);
    this.errorListeners = List.copyOf(errorListeners);
    this.decodes = decodes;
  }

  /** A registry to fill. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The handlers of these classes.
   *
   * @throws IllegalArgumentException if a name has two handlers, or a handler needs a context
   *     object
   */
  public static JobRegistry of(JobBindings... bindings) {
    Builder builder = builder();
    for (JobBindings each : bindings) {
      builder.bind(each);
    }
    return builder.build();
  }

  /** The job names that have a handler, aliases included. */
  public Set<String> jobNames() {
    return handlers.keySet();
  }

  Map<String, Handler> handlers() {
    return handlers;
  }

  /** The handlers, with what the queue puts around them. */
  Handlers handlersFor(JobQueue queue) {
    return new Handlers(handlers, this::failed, queue.interceptors(), queue.handlerTransactions());
  }

  /** Whether a handler wants its JSON payload decoded. */
  boolean decodes() {
    return decodes;
  }

  private void failed(Attempt attempt, Throwable error) {
    for (JobErrorListener listener : errorListeners) {
      try {
        listener.onError(attempt, error);
      } catch (Throwable e) { // an error, too: the outcome of the attempt is still to be stored
        // The message may quote that of the handler's error, and so the payload.
        LOG.warn("an error listener failed for {}: {}", attempt, e.getClass().getName());
        LOG.debug("an error listener failed for {}", attempt, e);
      }
    }
  }

  /** Collects handlers. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Handler> handlers = new LinkedHashMap<>();
    private final Map<String, String> aliases = new LinkedHashMap<>();
    private final List<JobBindings> bindings = new ArrayList<>();
    private final List<JobErrorListener> errorListeners = new ArrayList<>();
    private final ContextObjects contexts = new ContextObjects();
    private boolean decodes;

    private Builder() {}

    /**
     * Runs jobs of this name with the handler.
     *
     * @throws IllegalArgumentException if the name has a handler already
     */
    public Builder handle(String jobName, JobHandler handler) {
      return add(jobName, new Handler.Plain(handler));
    }

    /**
     * Runs jobs of this type with the handler.
     *
     * @throws IllegalArgumentException if the name has a handler already
     */
    public <T> Builder handle(JobType<T> type, PayloadHandler<T> handler) {
      decodes |= !type.payload().isBinary();
      return add(
          type.name(), new Handler.Plain(job -> handler.run(job, job.payload(type.payload()))));
    }

    /**
     * Runs jobs of this name with the handler, in a transaction that also completes them.
     *
     * @throws IllegalArgumentException if the name has a handler already
     */
    public Builder handleInTransaction(String jobName, TransactionalHandler handler) {
      return add(jobName, new Handler.Transactional(handler));
    }

    /**
     * Runs jobs of this type with the handler, in a transaction that also completes them.
     *
     * @throws IllegalArgumentException if the name has a handler already
     */
    public <T> Builder handleInTransaction(
        JobType<T> type, TransactionalPayloadHandler<T> handler) {
      decodes |= !type.payload().isBinary();
      return add(
          type.name(),
          new Handler.Transactional(
              (job, connection) -> handler.run(job, connection, job.payload(type.payload()))));
    }

    /**
     * Also runs jobs that were sent under an older name. Keep it for as long as such jobs may be
     * there, dead letters included, and for as long as an older version of the application sends
     * them.
     *
     * @param oldName the name that such jobs have
     * @param jobName the name whose handler runs them
     */
    public Builder alias(String oldName, String jobName) {
      String other = aliases.putIfAbsent(oldName, jobName);
      if (other != null && !other.equals(jobName)) {
        throw new IllegalArgumentException(
            "%s is an alias of %s already, and cannot be one of %s"
                .formatted(oldName, other, jobName));
      }
      return this;
    }

    /** Adds the handlers of a class, when the registry is built. */
    public Builder bind(JobBindings handlersOfClass) {
      bindings.add(Objects.requireNonNull(handlersOfClass, "bindings"));
      return this;
    }

    /**
     * Gives this object to the handlers of {@link #bind bound} classes that take one of this type.
     *
     * @throws IllegalArgumentException if there is one of this type already
     */
    public <T> Builder context(Class<T> type, T object) {
      contexts.add(type, object);
      return this;
    }

    /** Asks this source for context objects that were not given. */
    public Builder contexts(ContextSource source) {
      contexts.add(source);
      return this;
    }

    /** Tells of each attempt that fails. There may be several. */
    public Builder onError(JobErrorListener listener) {
      errorListeners.add(Objects.requireNonNull(listener, "listener"));
      return this;
    }

    /**
     * The registry.
     *
     * @throws IllegalArgumentException if a name has two handlers, an alias stands for a name that
     *     has none, or context objects are missing: the first one of each class, in one message
     */
    public JobRegistry build() {
      Builder filled = new Builder(); // so that a failure leaves this one as it was
      filled.handlers.putAll(handlers);
      filled.aliases.putAll(aliases);
      filled.decodes = decodes;
      List<String> missing = new ArrayList<>();
      for (JobBindings each : bindings) {
        try {
          each.bind(filled, contexts);
        } catch (ContextObjects.MissingException e) {
          missing.add(e.getMessage());
        }
      }
      if (!missing.isEmpty()) {
        throw new IllegalArgumentException(String.join("; ", missing));
      }
      return new JobRegistry(filled.withAliases(), errorListeners, filled.decodes);
    }

    private Map<String, Handler> withAliases() {
      Map<String, Handler> all = new LinkedHashMap<>(handlers);
      aliases.forEach((oldName, jobName) -> addAlias(all, oldName, jobName));
      return all;
    }

    private void addAlias(Map<String, Handler> all, String oldName, String jobName) {
      Handler handler = handlers.get(jobName);
      if (handler == null) {
        throw new IllegalArgumentException(
            "%s is to be an alias of %s, which has no handler".formatted(oldName, jobName));
      }
      if (all.putIfAbsent(oldName, handler) != null) {
        throw new IllegalArgumentException(
            "%s is to be an alias of %s, but has a handler of its own".formatted(oldName, jobName));
      }
    }

    private Builder add(String jobName, Handler handler) {
      if (handlers.putIfAbsent(jobName, handler) != null) {
        throw new IllegalArgumentException(
            "job name " + jobName + " has two handlers: give each kind of job a name of its own");
      }
      return this;
    }
  }
}
