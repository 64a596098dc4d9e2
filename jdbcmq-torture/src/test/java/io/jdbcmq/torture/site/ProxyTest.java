package io.jdbcmq.torture.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In front of a server that answers each byte with its successor. */
class ProxyTest {
  private final BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
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
    proxy.swallow();
    client.setSoTimeout(200);
    client.getOutputStream().write(5);
    assertThat(received.poll(200, TimeUnit.MILLISECONDS)).isNull();
    proxy.heal();
    assertThat(ask(client, 6)).isEqualTo(-1);
    assertThat(ask(open(), 7)).isEqualTo(8);
  }

  @Test
  void swallowsAnswers() throws Exception {
    assertThat(ask(client, 1)).isEqualTo(2);
    received.clear();
    proxy.swallowAnswers();
    client.setSoTimeout(200);
    assertThatThrownBy(() -> ask(client, 5)).isInstanceOf(SocketTimeoutException.class);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(5);
    proxy.heal();
    assertThat(ask(client, 6)).isEqualTo(-1);
    assertThat(ask(open(), 7)).isEqualTo(8);
  }

  @Test
  void swallowsRequests() throws Exception {
    assertThat(ask(client, 1)).isEqualTo(2);
    received.clear();
    proxy.swallowRequests();
    client.getOutputStream().write(5);
    assertThat(received.poll(200, TimeUnit.MILLISECONDS)).isNull();
    accepted.take().getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
    proxy.heal();
    assertThat(ask(client, 6)).isEqualTo(-1);
    assertThat(ask(open(), 7)).isEqualTo(8);
  }

  @Test
  void forwardsToAnotherPort() throws Exception {
    assertThat(ask(client, 1)).isEqualTo(2);
    try (ServerSocket other = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      other.setSoTimeout(10_000);
      proxy.forwardTo(other.getLocalPort());
      assertThat(ask(client, 6)).isEqualTo(-1);
      try (Socket moved = open();
          Socket served = other.accept()) {
        moved.getOutputStream().write(9);
        assertThat(served.getInputStream().read()).isEqualTo(9);
      }
    }
  }

  @Test
  void losesACommit() throws Exception {
    say(Frontend.startup(), Frontend.parse("S_1", "COMMIT"), Frontend.sync());
    proxy.loseCommits(1);
    say(Frontend.parse("S_2", "BEGIN"), Frontend.bind("S_2"), Frontend.sync());
    assertThat(proxy.commitsLost()).isZero();
    received.clear();

    client.getOutputStream().write(commit());

    assertThat(client.getInputStream().read()).isEqualTo(-1);
    assertThat(received.poll(200, TimeUnit.MILLISECONDS)).isNull();
    assertThat(proxy.commitsLost()).isEqualTo(1);
  }

  @Test
  void losesTheAnswerToACommit() throws Exception {
    say(Frontend.startup(), Frontend.parse("S_1", "COMMIT"), Frontend.sync());
    proxy.loseAnswersToCommits(1);
    say(Frontend.parse("S_2", "BEGIN"), Frontend.bind("S_2"), Frontend.sync());
    assertThat(proxy.commitsNotAnswered()).isZero();
    received.clear();

    client.getOutputStream().write(commit());

    assertThat(client.getInputStream().read()).isEqualTo(-1);
    for (byte expected : commit()) {
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo((int) expected);
    }
    assertThat(proxy.commitsNotAnswered()).isEqualTo(1);
  }

  private static byte[] commit() {
    return Frontend.join(Frontend.bind("S_1"), Frontend.execute(), Frontend.sync());
  }

  /** Says something, and hears all answers. */
  private void say(byte[]... messages) throws IOException {
    byte[] all = Frontend.join(messages);
    client.getOutputStream().write(all);
    assertThat(client.getInputStream().readNBytes(all.length)).hasSize(all.length);
  }

  private Socket open() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(10_000);
    return socket;
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
        Socket socket = server.accept();
        accepted.add(socket);
        Thread talking = new Thread(() -> talk(socket), "talk");
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
      byte[] buffer = new byte[1_024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        byte[] answers = new byte[n];
        for (int i = 0; i < n; i++) {
          received.add((int) buffer[i]);
          answers[i] = (byte) (buffer[i] + 1);
        }
        socket.getOutputStream().write(answers);
      }
    } catch (IOException e) {
      // cut
    }
  }
}
