package io.jdbcmq.examples.fingerprint;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was opened, in reverse and once: at the end, after a failure, or on Ctrl-C. */
final class Cleanup implements AutoCloseable {
  private final Deque<AutoCloseable> resources = new ArrayDeque<>(); // guarded by this
  private volatile boolean interrupted;
  private boolean closed; // guarded by this

  /** One that also closes when this process is told to end. */
  static Cleanup atExit() {
    Cleanup cleanup = new Cleanup();
    Runtime.getRuntime().addShutdownHook(new Thread(cleanup::closeAtExit, "demo-cleanup"));
    return cleanup;
  }

  /** Whether the process was told to end while the demo was at work. */
  boolean isInterrupted() {
    return interrupted;
  }

  synchronized <T extends AutoCloseable> T add(T resource) {
    resources.push(resource);
    if (closed) {
      closeAll();
    }
    return resource;
  }

  @Override
  public synchronized void close() {
    closed = true;
    closeAll();
  }

  private void closeAtExit() {
    synchronized (this) {
      if (closed) {
        return;
      }
      interrupted = true;
    }
    System.err.println(System.lineSeparator() + "demo: stopped before the end, cleaning up");
    close();
  }

  private void closeAll() {
    while (!resources.isEmpty()) {
      AutoCloseable resource = resources.pop();
      try {
        resource.close();
      } catch (Exception e) {
        if (!interrupted) {
          System.err.println("demo: cleaning up: " + e.getMessage());
        }
      }
    }
  }
}
