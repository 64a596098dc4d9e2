package io.jdbcmq.processor;

/** A type is missing that another processor may be about to generate. */
final class NotYetKnownException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotYetKnownException() {
    super("a type is missing, which another processor may generate", null, false, false);
  }
}
