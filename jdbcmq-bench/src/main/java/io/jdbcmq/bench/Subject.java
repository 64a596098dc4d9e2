package io.jdbcmq.bench;

import java.sql.Connection;
import java.util.List;
import java.util.function.Consumer;

/**
 * A queue that is measured, as scenarios see it that can be run with any queue. Those that are
 * about what only one queue can do take that one.
 *
 * <p>Closing removes it and all its jobs from the database.
 */
interface Subject extends AutoCloseable {
  /** How reports name it. */
  String name();

  /** Sends jobs in a transaction of its own. */
  void send(List<Message> messages);

  /** Sends jobs in the caller's transaction. */
  void send(Connection connection, List<Message> messages);

  /** Starts workers in this process. */
  Crew start(Terms terms, Consumer<Message> handler);

  /** Deletes all jobs. */
  void clear();

  /** Vacuums its tables, as autovacuum does once a minute. */
  void vacuum();

  @Override
  void close();

  /**
   * A job to send, or one to handle.
   *
   * @param channel what tells its channel from others: a tenant, for example
   * @param text its payload, in JSON
   */
  record Message(String channel, String text) {}

  /**
   * How workers work.
   *
   * @param atOnce handlers at once
   * @param listens whether they are notified of work, instead of looking for it now and then
   * @param group which jobs they work on
   */
  record Terms(int atOnce, boolean listens, String group) {
    /** The jobs that are sent. */
    static final String USUAL_GROUP = "orders";

    static Terms usual(int atOnce) {
      return new Terms(atOnce, true, USUAL_GROUP);
    }

    Terms withoutListening() {
      return new Terms(atOnce, false, group);
    }

    Terms ofGroup(String other) {
      return new Terms(atOnce, listens, other);
    }
  }

  /** Workers. Closing stops them once all that they have begun is settled. */
  interface Crew extends AutoCloseable {
    @Override
    void close();
  }
}
