package io.jdbcmq.embedded;

import org.jspecify.annotations.Nullable;

/** A server could not be unpacked, started, stopped or asked; the message tells what helps. */
public final class EmbeddedPostgresException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EmbeddedPostgresException(String message) {
    super(message);
  }

  EmbeddedPostgresException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** For a wait that was cut short; the thread's interrupt flag is set again. */
  static EmbeddedPostgresException interrupted(String what, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new EmbeddedPostgresException("Interrupted while " + what, cause);
  }
}
