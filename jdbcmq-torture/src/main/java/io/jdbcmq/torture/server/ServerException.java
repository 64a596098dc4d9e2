package io.jdbcmq.torture.server;

/** A server or one of its programs did not do what was asked. */
public final class ServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Tells what was tried and what was found. */
  public ServerException(String message) {
    super(message);
  }

  /** The same, with its cause. */
  public ServerException(String message, Throwable cause) {
    super(message, cause);
  }

  static ServerException interrupted(String what, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new ServerException("Interrupted while " + what, cause);
  }
}
