package io.jdbcmq.examples.orders;

/** There is not enough of what was ordered. */
final class OutOfStockException extends RuntimeException {
  private static final long serialVersionUID = 1;

  OutOfStockException(String item) {
    super("There is not enough left of " + item);
  }
}
