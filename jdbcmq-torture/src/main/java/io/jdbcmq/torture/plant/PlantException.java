package io.jdbcmq.torture.plant;

/** A defect that cannot be built in; the message tells which, and why. */
public final class PlantException extends RuntimeException {
  private static final long serialVersionUID = 1;

  PlantException(String message) {
    super(message);
  }

  PlantException(String message, Throwable cause) {
    super(message, cause);
  }
}
