package io.jdbcmq.spring;

/** The application cannot start as it is set up. */
final class JobsException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final String action;

  /**
   * @param message what is wrong
   * @param action what to do about it
   */
  JobsException(String message, String action) {
    super(message + " " + action);
    this.action = action;
  }

  String action() {
    return action;
  }
}
