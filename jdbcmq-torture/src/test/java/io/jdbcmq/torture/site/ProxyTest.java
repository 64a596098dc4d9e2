package io.jdbcmq.torture.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In front of a server that answers each byte with its successor. */
class ProxyTest {
  private final BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
  private ServerSocket server;
  private Proxy proxy;
  private Socket client;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread serving = new Thread(this::serve, "server");
    serving.setDaemon(true);
    serving.start();
    proxy = new Proxy(server.getLocalPort());
    client = open();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    proxy.close();
    server.close();
  }

  @Test
  void forwards() throws IOException {
    assertThat(ask(client, 1)).isEqualTo(2);
    assertThat(ask(client, 7)).isEqualTo(8);
  }

  @Test
  void cuts() throws IOException {
    assertThat(ask(client, 1)).isEqualTo(2);
    proxy.cut();
    assertThat(ask(client, 2)).isEqualTo(-1);
    assertThat(ask(open(), 3)).isEqualTo(4);
  }

  @Test
  void losesARequest() throws Exception {
    proxy.loseRequests(1);
    assertThat(ask(client, 1)).isEqualTo(-1);
    assertThat(ask(open(), 3)).isEqualTo(4);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(3);
  }

  @Test
  void losesAnAnswer() throws Exception {
    proxy.loseAnswers(1);
    assertThat(ask(client, 1)).isEqualTo(-1);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(ask(open(), 3)).isEqualTo(4);
  }

  @Test
  void swallows() throws Exception {
    assertThat(ask(client, 1)).isEqualTo(2);
    received.clear();
    proxy.swallow(true);
    client.setSoTimeout(200);
    client.getOutputStream().write(5);
    assertThat(received.poll(200, TimeUnit.MILLISECONDS)).isNull();
    proxy.heal();
    assertThat(ask(client, 6)).isEqualTo(-1);
    assertThat(ask(open(), 7)).isEqualTo(8);
  }

  private Socket open() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
  }

  /** The answer, or -1 if the connection has ended. */
  private static int ask(Socket socket, int question) throws IOException {
    try {
      socket.getOutputStream().write(question);
      return socket.getInputStream().read();
    } catch (SocketException e) {
      return -1;
    }
  }

  private void serve() {
    try {
      while (true) {
        Socket accepted = server.accept();
        Thread talking = new Thread(() -> talk(accepted), "talk");
        talking.setDaemon(true);
        talking.start();
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void talk(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      for (int n = in.read(); n >= 0; n = in.read()) {
        received.add(n);
        socket.getOutputStream().write(n + 1);
      }
    } catch (IOException e) {
      // cut
    }
  }
}
