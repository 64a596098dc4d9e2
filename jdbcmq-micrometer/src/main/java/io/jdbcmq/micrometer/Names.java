package io.jdbcmq.micrometer;

import java.util.List;

/** Names of metrics and tags, where there are any those of OpenTelemetry's conventions. */
final class Names {
  static final String SENT = "messaging.client.sent.messages";
  static final String CONSUMED = "messaging.client.consumed.messages";
  static final String OPERATION = "messaging.client.operation.duration";
  static final String PROCESS = "messaging.process.duration";

  static final String SYSTEM = "messaging.system";
  static final String CHANNEL = "messaging.destination.name";
  static final String OPERATION_NAME = "messaging.operation.name";
  static final String OPERATION_TYPE = "messaging.operation.type";
  static final String MESSAGE_ID = "messaging.message.id";
  static final String ERROR = "error.type";
  static final String JOB = "jdbcmq.job.name";
  static final String RESULT = "jdbcmq.result";
  static final String ATTEMPT = "jdbcmq.attempt";

  /** The value of {@link #SYSTEM}. */
  static final String JDBCMQ = "jdbcmq";

  /** The value of a tag that does not apply: a metric has the same tags in all its series. */
  static final String NONE = "none";

  static final List<String> OPERATION_TAGS =
      List.of(SYSTEM, OPERATION_NAME, OPERATION_TYPE, CHANNEL, ERROR);

  private Names() {}
}
