package io.jdbcmq.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** A TCP proxy on loopback that can lose an answer, or swallow everything. */
public final class ChaosProxy implements AutoCloseable {
  private final ServerSocket listening;
  private final int targetPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile String loseAnswerTo = "";
  private volatile CountDownLatch lost = new CountDownLatch(1);
  private volatile boolean blackHole;

  /** A proxy in front of a port of this machine. */
  public ChaosProxy(int targetPort) {
    this.targetPort = targetPort;
    try {
      this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /**
   * The next request that contains this text reaches the server; its answer is lost, and the
   * connection breaks. Texts are only seen with {@code prepareThreshold=0}.
   */
  public void loseAnswerTo(String text) {
    lost = new CountDownLatch(1);
    loseAnswerTo = text;
  }

  /** Opened when the answer has been lost. */
  public CountDownLatch lost() {
    return lost;
  }

  /** Forwards nothing, in either direction, while the connections stay open. */
  public void blackHole(boolean swallow) {
    blackHole = swallow;
    if (!swallow) {
      closeAll(); // what was swallowed is missing in the middle
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    closeAll();
  }

  private void accept() throws IOException {
    while (!listening.isClosed()) {
      Socket client = listening.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
      sockets.add(client);
      sockets.add(server);
      Link link = new Link(client, server);
      daemon(link::forwardRequests);
      daemon(link::forwardAnswers);
    }
  }

  private void closeAll() {
    sockets.forEach(ChaosProxy::closeQuietly);
    sockets.clear();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void daemon(IoTask task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // the connection has ended
              }
            },
            "chaos-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  /** One connection through the proxy. */
  private final class Link {
    private final Socket client;
    private final Socket server;
    private volatile boolean losing;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void forwardRequests() throws IOException {
      InputStream from = client.getInputStream();
      OutputStream to = server.getOutputStream();
      byte[] buffer = new byte[64 * 1024];
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        String wanted = loseAnswerTo;
        if (!wanted.isEmpty()
            && new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains(wanted)) {
          loseAnswerTo = "";
          losing = true;
        }
        if (!blackHole) {
          to.write(buffer, 0, n);
        }
      }
      end();
    }

    void forwardAnswers() throws IOException {
      InputStream from = server.getInputStream();
      OutputStream to = client.getOutputStream();
      byte[] buffer = new byte[64 * 1024];
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        if (losing) {
          end();
          lost.countDown();
          return;
        }
        if (!blackHole) {
          to.write(buffer, 0, n);
        }
      }
      end();
    }

    private void end() {
      closeQuietly(client);
      closeQuietly(server);
      sockets.remove(client);
      sockets.remove(server);
    }
  }

  private interface IoTask {
    void run() throws IOException;
  }
}
