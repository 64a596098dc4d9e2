package io.jdbcmq.bench;

import io.jdbcmq.bench.Subject.Message;
import java.util.List;
import java.util.stream.IntStream;

/** Payloads of equal size, each with a number. */
final class Payloads {
  private static final String START = "{\"number\":";
  private static final String REST =
      ",\"customer\":\"0190a5a0-7c1e-7c1e-8c1e-7c1e7c1e7c1e\",\"note\":\"" + "x".repeat(28) + "\"}";
  private static final int DIGITS = 9;
  private static final int FIRST = 100_000_000;

  /** Bytes of each payload. */
  static final int SIZE = START.length() + DIGITS + REST.length();

  private Payloads() {}

  /**
   * A payload.
   *
   * @param number 0 to 899,999,999
   */
  static String of(int number) {
    return START + (FIRST + number) + REST;
  }

  /** The number of a payload. */
  static int number(String payload) {
    return Integer.parseInt(payload.substring(START.length(), START.length() + DIGITS)) - FIRST;
  }

  /** So many messages with numbers from the given one, to so many channels in turn. */
  static List<Message> messages(int from, int count, int channels) {
    return IntStream.range(from, from + count)
        .mapToObj(number -> new Message("c" + number % channels, of(number)))
        .toList();
  }
}
