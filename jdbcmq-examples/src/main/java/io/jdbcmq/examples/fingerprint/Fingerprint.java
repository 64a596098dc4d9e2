package io.jdbcmq.examples.fingerprint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What reading a file gave: one of the two.
 *
 * @param sha256 digest of its bytes, in hexadecimal
 * @param problem why it could not be read
 */
record Fingerprint(Optional<String> sha256, Optional<String> problem) {
  private static final int BUFFER_BYTES = 64 * 1024;

  /**
   * Reads the file to its end. That a file is gone by now, or cannot be read, is an answer: trying
   * again would not change it.
   *
   * @throws InterruptedException if the thread is asked to stop
   */
  static Fingerprint of(Path file) throws InterruptedException {
    MessageDigest digest = newDigest();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream stream = new DigestInputStream(Files.newInputStream(file), digest)) {
      while (stream.read(buffer) >= 0) { // the digest takes the bytes as they pass
        if (Thread.interrupted()) {
          throw new InterruptedException("reading was to stop");
        }
      }
    } catch (IOException e) {
      return new Fingerprint(Optional.empty(), Optional.of(e.getClass().getSimpleName()));
    }
    return new Fingerprint(
        Optional.of(HexFormat.of().formatHex(digest.digest())), Optional.empty());
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
