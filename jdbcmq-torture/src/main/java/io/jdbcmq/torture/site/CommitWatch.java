package io.jdbcmq.torture.site;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Follows what a client says to PostgreSQL on one connection, and tells where it asks for a COMMIT:
 * by text, or by the name of a statement that it has prepared. Does not understand what is
 * encrypted. For one thread.
 */
final class CommitWatch {
  private static final int SSL_REQUEST = 80_877_103;
  private static final int GSS_REQUEST = 80_877_104;
  private static final int NO_TYPE = 0;
  private static final int LENGTH_BYTES = 4;

  /** Of a message: enough for two names, or a name and the word. */
  private static final int MOST_KEPT = 128;

  private final Set<String> prepared = new HashSet<>();
  private final byte[] kept = new byte[MOST_KEPT];
  private boolean hasStarted;
  private int type = NO_TYPE;
  private int lengthBytes;
  private int length;
  private int keptBytes;
  private int bodyLeft;
  private boolean isOpen;
  private boolean isAsked;
  private boolean isComplete;

  /** Follows some more of what the client says. */
  void follow(byte[] bytes, int count) {
    isAsked = false;
    isComplete = false;
    int at = 0;
    while (at < count) {
      if (hasStarted && type == NO_TYPE) {
        type = bytes[at++];
      } else if (lengthBytes < LENGTH_BYTES) {
        length = (length << 8) | (bytes[at++] & 0xff);
        lengthBytes++;
        bodyLeft = lengthBytes == LENGTH_BYTES ? length - LENGTH_BYTES : 0;
      } else {
        int part = Math.min(bodyLeft, count - at);
        int keeping = Math.min(part, MOST_KEPT - keptBytes);
        System.arraycopy(bytes, at, kept, keptBytes, keeping);
        keptBytes += keeping;
        bodyLeft -= part;
        at += part;
      }
      if (lengthBytes == LENGTH_BYTES && bodyLeft <= 0) {
        end();
      }
    }
  }

  /** Whether a COMMIT was asked for in what was followed last. */
  boolean isAsked() {
    return isAsked;
  }

  /** Whether what was followed last is the end of what the server needs to answer a COMMIT. */
  boolean isComplete() {
    return isComplete;
  }

  private void end() {
    if (hasStarted) {
      understand();
    } else {
      int code = 0;
      for (int i = 0; i < LENGTH_BYTES; i++) {
        code = (code << 8) | (kept[i] & 0xff);
      }
      hasStarted = code != SSL_REQUEST && code != GSS_REQUEST; // both are refused here
    }
    type = NO_TYPE;
    lengthBytes = 0;
    length = 0;
    keptBytes = 0;
  }

  private void understand() {
    switch (type) {
      case 'P' -> prepare(string(0), string(1));
      case 'B' -> {
        if (prepared.contains(string(1))) {
          isOpen = true;
          isAsked = true;
        }
      }
      case 'Q' -> {
        if (isCommit(string(0))) {
          isAsked = true;
          isComplete = true;
        }
      }
      case 'S' -> {
        isComplete |= isOpen;
        isOpen = false;
      }
      default -> {
        // It does not decide what a statement is, or whether it is executed.
      }
    }
  }

  private void prepare(String name, String sql) {
    if (isCommit(sql)) {
      prepared.add(name);
    } else {
      prepared.remove(name);
    }
  }

  private static boolean isCommit(String sql) {
    return sql.strip().toUpperCase(Locale.ROOT).equals("COMMIT");
  }

  /**
   * One of the texts that a message begins with, each ended by a zero; its rest if there is none.
   */
  private String string(int number) {
    int from = 0;
    int left = number;
    for (int i = 0; i < keptBytes; i++) {
      if (kept[i] == 0) {
        if (left == 0) {
          return new String(kept, from, i - from, UTF_8);
        }
        left--;
        from = i + 1;
      }
    }
    return new String(kept, from, keptBytes - from, UTF_8);
  }
}
