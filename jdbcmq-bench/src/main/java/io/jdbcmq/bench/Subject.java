package io.jdbcmq.bench;

import java.sql.Connection;
import java.time.Instant;
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

  /** Creates its tables. Once for each place, before all else. */
  void install();

  /** Sends jobs in a transaction of its own, or in one each where it has no lists. */
  void send(List<Message> messages);

  /** Sends jobs to workers that may be idle, for a queue that leaves it to senders to wake them. */
  default void sendAndWake(List<Message> messages) {
    send(messages);
  }

  /** Sends jobs in the caller's transaction, if it can join one. */
  default void send(Connection connection, List<Message> messages) {
    throw new UnsupportedOperationException(name() + " cannot join the caller's transaction");
  }

  /** Sends jobs that are to start at a later time, if it has such jobs. */
  default void sendAt(Instant due, List<Message> messages) {
    throw new UnsupportedOperationException(name() + " has no delayed jobs");
  }

  /** Sends jobs that run one after the other in each channel, if it has such jobs. */
  default void sendOrdered(List<Message> messages) {
    throw new UnsupportedOperationException(name() + " has no ordered jobs");
  }

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
