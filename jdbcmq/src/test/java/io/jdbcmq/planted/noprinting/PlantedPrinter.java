package io.jdbcmq.planted.noprinting;

/** Prints where it should log. */
public final class PlantedPrinter {

  public void report(String text) {
    System.out.println(text);
  }
}
