package io.jdbcmq.torture.site;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Messages of a client to PostgreSQL, as far as tests need them. */
final class Frontend {
  private Frontend() {}

  static byte[] ssl() {
    return ByteBuffer.allocate(8).putInt(8).putInt(80_877_103).array();
  }

  static byte[] startup() {
    return ByteBuffer.allocate(9).putInt(9).putInt(3 << 16).put((byte) 0).array();
  }

  static byte[] parse(String name, String sql) {
    return message('P', name + "\0" + sql + "\0\0\0");
  }

  static byte[] bind(String name) {
    return message('B', "\0" + name + "\0\0\0\0\0\0\0");
  }

  static byte[] execute() {
    return message('E', "\0\0\0\0\0");
  }

  static byte[] sync() {
    return message('S', "");
  }

  static byte[] query(String sql) {
    return message('Q', sql + "\0");
  }

  static byte[] join(byte[]... messages) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      all.writeBytes(message);
    }
    return all.toByteArray();
  }

  private static byte[] message(char type, String body) {
    byte[] bytes = body.getBytes(UTF_8);
    return ByteBuffer.allocate(5 + bytes.length)
        .put((byte) type)
        .putInt(4 + bytes.length)
        .put(bytes)
        .array();
  }
}
