package io.jdbcmq.internal.runner;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.JobInterceptor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What a runner runs, and who stands around it.
 *
 * @param byJobName the handlers
 * @param onError told of each attempt that has failed, and of its error
 * @param interceptors around each handler, the first one outermost
 * @param transactions of transactional handlers; empty: the runner's own
 */
public record Handlers(
    Map<String, Handler> byJobName,
    BiConsumer<Attempt, Throwable> onError,
    List<JobInterceptor> interceptors,
    Optional<HandlerTransactions> transactions) {
  /** Copies the collections. */
  public Handlers {
    byJobName = Map.copyOf(byJobName);
    interceptors = List.copyOf(interceptors);
  }
}
