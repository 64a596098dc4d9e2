package io.jdbcmq.micrometer;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * How the run of a handler is named and tagged; to be extended or replaced. Low-cardinality values
 * become tags of a metric, too, high-cardinality ones are for spans only.
 */
public class JobReceiverConvention implements ObservationConvention<JobReceiverContext> {
  private final BoundedNames channels = new BoundedNames(BoundedNames.MAX);
  private final BoundedNames jobs = new BoundedNames(BoundedNames.MAX);

  /** By OpenTelemetry's conventions for messaging. */
  public JobReceiverConvention() {}

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof JobReceiverContext;
  }

  /** The name of the metric that Micrometer's own handler makes of it. */
  @Override
  public String getName() {
    return "jdbcmq.job.process";
  }

  /** The name of the span: the operation and the name of the channel. */
  @Override
  public String getContextualName(JobReceiverContext context) {
    return "process " + channels.of(context.job().channel().name());
  }

  /** Operation, channel name and job name. */
  @Override
  public KeyValues getLowCardinalityKeyValues(JobReceiverContext context) {
    return KeyValues.of(
        Names.SYSTEM,
        Names.JDBCMQ,
        Names.OPERATION_NAME,
        "process",
        Names.OPERATION_TYPE,
        "process",
        Names.CHANNEL,
        channels.of(context.job().channel().name()),
        Names.JOB,
        jobs.of(context.job().name()));
  }

  /** The id of the job and the number of the attempt. */
  @Override
  public KeyValues getHighCardinalityKeyValues(JobReceiverContext context) {
    return KeyValues.of(
        Names.MESSAGE_ID,
        context.job().id().toString(),
        Names.ATTEMPT,
        Integer.toString(context.job().attempt()));
  }
}
