package io.jdbcmq.micrometer;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * How the making of a job is named and tagged; to be extended or replaced. Low-cardinality values
 * become tags of a metric, too.
 */
public class JobSenderConvention implements ObservationConvention<JobSenderContext> {
  private final BoundedNames channels = new BoundedNames(BoundedNames.MAX);
  private final BoundedNames jobs = new BoundedNames(BoundedNames.MAX);

  /** By OpenTelemetry's conventions for messaging. */
  public JobSenderConvention() {}

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof JobSenderContext;
  }

  /** The name of the metric that Micrometer's own handler makes of it. */
  @Override
  public String getName() {
    return "jdbcmq.job.create";
  }

  /** The name of the span: the operation and the name of the channel. */
  @Override
  public String getContextualName(JobSenderContext context) {
    return "create " + channels.of(context.request().channel().name());
  }

  /** Operation, channel name and job name. */
  @Override
  public KeyValues getLowCardinalityKeyValues(JobSenderContext context) {
    return KeyValues.of(
        Names.SYSTEM,
        Names.JDBCMQ,
        Names.OPERATION_NAME,
        "create",
        Names.OPERATION_TYPE,
        "create",
        Names.CHANNEL,
        channels.of(context.request().channel().name()),
        Names.JOB,
        jobs.of(context.request().jobName()));
  }
}
