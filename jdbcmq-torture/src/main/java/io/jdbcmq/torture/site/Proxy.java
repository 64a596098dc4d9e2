package io.jdbcmq.torture.site;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy on loopback in front of a server, which can cut connections, hold them up, lose
 * requests or answers, and strike where a client asks for a COMMIT. Two threads per connection.
 * Thread-safe.
 */
public final class Proxy implements AutoCloseable {
  private final ServerSocket listening;
  private volatile int targetPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Semaphore requestsToLose = new Semaphore(0);
  private final Semaphore answersToLose = new Semaphore(0);
  private final Semaphore commitsToLose = new Semaphore(0);
  private final Semaphore commitsNotToAnswer = new Semaphore(0);
  private final AtomicLong commitsLost = new AtomicLong();
  private final AtomicLong commitsNotAnswered = new AtomicLong();
  private volatile boolean swallowsRequests;
  private volatile boolean swallowsAnswers;
  private volatile long delayNanos;

  /** A proxy in front of a port of this machine. */
  public Proxy(int targetPort) {
    this.targetPort = targetPort;
    try {
      this.listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  /** Where it listens. */
  public int port() {
    return listening.getLocalPort();
  }

  /** Leads to another port from now on; what is connected to the present one is cut. */
  public void forwardTo(int port) {
    targetPort = port;
    cut();
  }

  /** Cuts all connections at once. */
  public void cut() {
    sockets.removeIf(
        socket -> { // not one that was added meanwhile: it would never be cut again
          close(socket);
          return true;
        });
  }

  /** How many connections there are now. */
  public int connections() {
    return sockets.size() / 2;
  }

  /** The next requests do not reach the server; their connections are cut. */
  public void loseRequests(int count) {
    requestsToLose.release(count);
  }

  /** The next requests reach the server, and their connections are cut before it answers. */
  public void loseAnswers(int count) {
    answersToLose.release(count);
  }

  /** The next requests for a COMMIT do not reach the server; their connections are cut. */
  public void loseCommits(int count) {
    commitsToLose.release(count);
  }

  /**
   * The next requests for a COMMIT reach the server; their connections are cut before it answers.
   */
  public void loseAnswersToCommits(int count) {
    commitsNotToAnswer.release(count);
  }

  /** How many requests for a COMMIT were lost so far. */
  public long commitsLost() {
    return commitsLost.get();
  }

  /** How many requests for a COMMIT reached the server so far, and were not answered. */
  public long commitsNotAnswered() {
    return commitsNotAnswered.get();
  }

  /**
   * Forwards nothing, in either direction, while connections stay open and new ones are accepted.
   * When that ends they are cut: something is missing in the middle.
   */
  public void swallow() {
    swallowsRequests = true;
    swallowsAnswers = true;
  }

  /** As {@link #swallow}, but answers are forwarded. */
  public void swallowRequests() {
    swallowsRequests = true;
  }

  /** As {@link #swallow}, but requests are forwarded. */
  public void swallowAnswers() {
    swallowsAnswers = true;
  }

  /** Holds each packet up for so long. */
  public void delay(long nanos) {
    delayNanos = nanos;
  }

  /** Back to normal, at once. */
  public void heal() {
    requestsToLose.drainPermits();
    answersToLose.drainPermits();
    commitsToLose.drainPermits();
    commitsNotToAnswer.drainPermits();
    delayNanos = 0;
    if (swallowsRequests || swallowsAnswers) {
      swallowsRequests = false;
      swallowsAnswers = false;
      cut();
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private void accept() throws IOException {
    while (!listening.isClosed()) {
      Socket client = listening.accept();
      try {
        connect(client);
      } catch (IOException e) { // the server is down, or the client is gone
        close(client);
      }
    }
  }

  private void connect(Socket client) throws IOException {
    Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
    try {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    } catch (IOException e) {
      close(server);
      throw e;
    }
    sockets.add(client);
    sockets.add(server);
    daemon(() -> forward(client, server, true));
    daemon(() -> forward(server, client, false));
  }

  private void forward(Socket from, Socket to, boolean isRequest) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      CommitWatch commits = new CommitWatch();
      byte[] buffer = new byte[64 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (isRequest && requestsToLose.tryAcquire()) {
          return;
        }
        if (isRequest) {
          commits.follow(buffer, n);
          if (commits.isAsked() && commitsToLose.tryAcquire()) {
            commitsLost.incrementAndGet();
            return;
          }
        }
        long delay = delayNanos;
        if (delay > 0) {
          LockSupport.parkNanos(delay);
        }
        if (!(isRequest ? swallowsRequests : swallowsAnswers)) {
          boolean losesAnswer = isRequest && answersToLose.tryAcquire();
          if (commits.isComplete() && commitsNotToAnswer.tryAcquire()) {
            commitsNotAnswered.incrementAndGet();
            losesAnswer = true;
          }
          if (losesAnswer) {
            from.close(); // first, so that not even a quick answer gets through
          }
          out.write(buffer, 0, n);
          out.flush();
          if (losesAnswer) {
            to.shutdownOutput(); // what was sent arrives; then the server sees the end
            return;
          }
        }
      }
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void daemon(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // the connection has ended
              }
            },
            "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private interface Task {
    void run() throws IOException;
  }
}
