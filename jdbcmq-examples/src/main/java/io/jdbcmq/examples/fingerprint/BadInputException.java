package io.jdbcmq.examples.fingerprint;

/** Something that whoever called can put right; the message is one line. */
final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadInputException(String message) {
    super(message);
  }
}
