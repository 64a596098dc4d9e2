package io.jdbcmq.examples.fingerprint;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Sends while others already work on what was sent. */
final class SendingThread {
  private final CompletableFuture<Void> sending = new CompletableFuture<>();

  private SendingThread() {}

  static SendingThread start(Sender sender, List<SourceFile> files) {
    SendingThread started = new SendingThread();
    Thread thread =
        new Thread(
            () -> {
              try {
                sender.send(files);
                started.sending.complete(null);
              } catch (SQLException | RuntimeException e) {
                started.sending.completeExceptionally(e);
              }
            },
            "sender");
    thread.setDaemon(true);
    thread.start();
    return started;
  }

  boolean isDone() {
    return sending.isDone();
  }

  /**
   * Checks that it goes on or has ended well.
   *
   * @throws DemoFailedException if not
   */
  void check() {
    try {
      sending.getNow(null);
    } catch (CompletionException e) {
      throw new DemoFailedException("sending failed: " + e.getCause());
    }
  }
}
