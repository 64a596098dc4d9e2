package io.jdbcmq.bench;

/** Something to measure. Each one starts with queues of its own and leaves none behind. */
interface Scenario {
  /** How the command line names it. */
  String name();

  /** What it measures, in a line. */
  String about();

  /** Measures and adds rows to the report of the stage. */
  void run(Stage stage) throws Exception;
}
