package io.jdbcmq.micrometer;

import io.jdbcmq.job.CurrentJob;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import java.util.Map;

/**
 * The run of a handler, as observation handlers see it. The carrier is the headers of the job. For
 * the thread of the handler.
 */
public final class JobReceiverContext extends ReceiverContext<Map<String, String>> {
  private final CurrentJob job;

  JobReceiverContext(CurrentJob job) {
    super(Map::get, Kind.CONSUMER);
    this.job = job;
    setCarrier(job.headers());
    setRemoteServiceName(Names.JDBCMQ);
  }

  /** The job that runs. Its payload is nobody's but the handler's. */
  public CurrentJob job() {
    return job;
  }
}
