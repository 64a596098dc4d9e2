package io.jdbcmq.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells what to do, where Spring Boot reports that an application has failed to start. */
final class JobsFailureAnalyzer extends AbstractFailureAnalyzer<JobsException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, JobsException cause) {
    String message = String.valueOf(cause.getMessage());
    String description = message.substring(0, message.length() - cause.action().length()).strip();
    return new FailureAnalysis(description, cause.action(), cause);
  }
}
