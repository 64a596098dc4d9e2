package io.jdbcmq;

import io.jdbcmq.internal.runner.Handler;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.PayloadHandler;
import io.jdbcmq.job.TransactionalHandler;
import io.jdbcmq.job.TransactionalPayloadHandler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The handlers that a runner has, by job name. Immutable; thread-safe. */
public final class JobRegistry {
  private final Map<String, Handler> handlers;

  private JobRegistry(Map<String, Handler> handlers) {
    this.handlers = Map.copyOf(handlers);
  }

  /** A registry to fill. */
  public static Builder builder() {
    return new Builder();
  }

  /** The job names that have a handler. */
  public Set<String> jobNames() {
    return handlers.keySet();
  }

  Map<String, Handler> handlers() {
    return handlers;
  }

  /** Collects handlers. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Handler> handlers = new LinkedHashMap<>();

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
      return add(
          type.name(),
          new Handler.Transactional(
              (job, connection) -> handler.run(job, connection, job.payload(type.payload()))));
    }

    /** The registry. */
    public JobRegistry build() {
      return new JobRegistry(handlers);
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
