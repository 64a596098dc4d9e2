package io.jdbcmq.processor;

import com.palantir.javapoet.ClassName;

/** Types of the core. Names only, so that the processor runs without the core on its path. */
final class Names {
  static final String JOB = "io.jdbcmq.annotation.Job";
  static final String JOB_DEFAULTS = "io.jdbcmq.annotation.JobDefaults";
  static final String PAYLOAD = "io.jdbcmq.annotation.Payload";
  static final String CONTEXT = "io.jdbcmq.annotation.Context";
  static final String GENERATED = "javax.annotation.processing.Generated";
  static final String CURRENT_JOB = "io.jdbcmq.job.CurrentJob";
  static final String CONNECTION = "java.sql.Connection";

  static final ClassName JOB_TYPE = ClassName.get("io.jdbcmq.job", "JobType");
  static final ClassName JOB_REQUEST = ClassName.get("io.jdbcmq.job", "JobRequest");
  static final ClassName PAYLOAD_TYPE = ClassName.get("io.jdbcmq.job", "PayloadType");
  static final ClassName RETRY_POLICY = ClassName.get("io.jdbcmq.job", "RetryPolicy");
  static final ClassName ON_DEATH = ClassName.get("io.jdbcmq.job", "OnDeath");
  static final ClassName JOB_BINDINGS = ClassName.get("io.jdbcmq", "JobBindings");
  static final ClassName JOB_REGISTRY = ClassName.get("io.jdbcmq", "JobRegistry");

  private Names() {}
}
