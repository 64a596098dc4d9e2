package io.jdbcmq.examples.fingerprint;

/** The demo cannot go on; the message says all there is to say. */
final class DemoFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoFailedException(String message) {
    super(message);
  }
}
