package io.jdbcmq.micrometer;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.spi.JobInterceptor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes the making of jobs and the runs of handlers. With Micrometer Tracing, and so in Spring,
 * a trace goes on from the sender to the handler, in headers of the job; every attempt is part of
 * it. To be given to the builder of the queue. Thread-safe.
 *
 * <p>The observation of a job that is made ends before the job is sent. Headers of the request that
 * the trace needs are replaced. If there is no room for the trace among the headers, the job is
 * sent without it.
 */
public final class ObservationInterceptor implements JobInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(ObservationInterceptor.class);

  private final ObservationRegistry registry;
  private final ObservationConvention<JobSenderContext> senderConvention;
  private final ObservationConvention<JobReceiverContext> receiverConvention;

  /**
   * With conventions that are found in the registry, or else {@link JobSenderConvention} and {@link
   * JobReceiverConvention}.
   */
  public ObservationInterceptor(ObservationRegistry registry) {
    this(registry, new JobSenderConvention(), new JobReceiverConvention());
  }

  /** With these conventions, unless others are found in the registry. */
  public ObservationInterceptor(
      ObservationRegistry registry,
      ObservationConvention<JobSenderContext> senderConvention,
      ObservationConvention<JobReceiverContext> receiverConvention) {
    this.registry = registry;
    this.senderConvention = senderConvention;
    this.receiverConvention = receiverConvention;
  }

  @Override
  public JobRequest beforeSend(JobRequest request) {
    if (registry.isNoop()) {
      return request;
    }
    JobSenderContext context = new JobSenderContext(request);
    Observation.createNotStarted(null, senderConvention, () -> context, registry).start().stop();
    Map<String, String> trace = context.getCarrier();
    return trace == null ? request : with(request, trace);
  }

  @Override
  public void aroundRun(CurrentJob job, Handling handling) throws Exception {
    if (registry.isNoop()) {
      handling.proceed();
      return;
    }
    Observation.createNotStarted(
            null, receiverConvention, () -> new JobReceiverContext(job), registry)
        .observeChecked(handling::proceed);
  }

  private static JobRequest with(JobRequest request, Map<String, String> trace) {
    JobRequest traced = request;
    try {
      for (Map.Entry<String, String> header : trace.entrySet()) {
        traced = traced.header(header.getKey(), header.getValue());
      }
      return traced;
    } catch (IllegalArgumentException e) { // a job matters more than its trace
      LOG.debug("{} is sent without its trace: {}", request, e.getMessage());
      return request;
    }
  }
}
