package io.jdbcmq.spring;

/** What calls of the queue without a connection do in a transaction of their thread. */
public enum JoinMode {
  /**
   * They are part of it. In a transaction that does not include the queue's data source they are
   * refused: they would take effect although it is rolled back.
   */
  JOIN,
  /** They are part of it if it includes the queue's data source, otherwise on their own. */
  IF_POSSIBLE,
  /** They are transactions of their own. */
  NEVER
}
