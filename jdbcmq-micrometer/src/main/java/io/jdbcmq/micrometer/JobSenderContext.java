package io.jdbcmq.micrometer;

import io.jdbcmq.job.JobRequest;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The making of a job, as observation handlers see it. The carrier takes the headers that are to
 * travel with the job. For the thread of the sender.
 */
public final class JobSenderContext extends SenderContext<Map<String, String>> {
  private final JobRequest request;

  JobSenderContext(JobRequest request) {
    super(JobSenderContext::put, Kind.PRODUCER);
    this.request = request;
    setCarrier(new LinkedHashMap<>());
    setRemoteServiceName(Names.JDBCMQ);
  }

  /** What is to be sent, without the headers of the carrier. */
  public JobRequest request() {
    return request;
  }

  private static void put(@Nullable Map<String, String> headers, String key, String value) {
    if (headers != null) {
      headers.put(key, value);
    }
  }
}
