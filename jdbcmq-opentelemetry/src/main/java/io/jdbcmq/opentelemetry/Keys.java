package io.jdbcmq.opentelemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Keys of attributes. Those of the conventions are written out: their library is not stable, and
 * two versions of it in one application would be a conflict.
 */
final class Keys {
  static final AttributeKey<String> SYSTEM = stringKey("messaging.system");
  static final AttributeKey<String> CHANNEL = stringKey("messaging.destination.name");
  static final AttributeKey<String> OPERATION_NAME = stringKey("messaging.operation.name");
  static final AttributeKey<String> OPERATION_TYPE = stringKey("messaging.operation.type");
  static final AttributeKey<String> MESSAGE_ID = stringKey("messaging.message.id");
  static final AttributeKey<String> ERROR = stringKey("error.type");
  static final AttributeKey<String> JOB = stringKey("jdbcmq.job.name");
  static final AttributeKey<String> RESULT = stringKey("jdbcmq.result");
  static final AttributeKey<Long> ATTEMPT = longKey("jdbcmq.attempt");

  /** The value of {@link #SYSTEM}. */
  static final String JDBCMQ = "jdbcmq";

  /** Under which name meters and tracers are known. */
  static final String SCOPE = "io.jdbcmq";

  private Keys() {}
}
