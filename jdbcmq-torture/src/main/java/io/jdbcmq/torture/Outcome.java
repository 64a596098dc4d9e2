package io.jdbcmq.torture;

/** How a run ends. */
enum Outcome {
  /** Every promise was kept. */
  OK("ok", 0),
  /** One was not. */
  VIOLATED("violated", 1),
  /** None was broken, but something that puts them to the test has not happened. */
  TOO_WEAK("too weak", 4);

  private final String text;
  private final int exitCode;

  Outcome(String text, int exitCode) {
    this.text = text;
    this.exitCode = exitCode;
  }

  String text() {
    return text;
  }

  int exitCode() {
    return exitCode;
  }
}
