package io.jdbcmq.bench;

/** What not every queue can do. A scenario that needs it leaves out the systems that cannot. */
enum Ability {
  /** Sends many jobs in one transaction, and in one call. */
  LISTS("lists of jobs"),
  /** Sends in the transaction of a connection that the caller has. */
  JOIN("sending in the caller's JDBC transaction"),
  /** Has jobs that start at a given time. */
  DELAY("delayed jobs"),
  /** Is fair to any number of channels. */
  CHANNELS("fair channels"),
  /** Runs the jobs of a channel in the order in which they were sent. */
  ORDER("ordered channels");

  private final String text;

  Ability(String text) {
    this.text = text;
  }

  /** In words, for remarks. */
  String text() {
    return text;
  }
}
