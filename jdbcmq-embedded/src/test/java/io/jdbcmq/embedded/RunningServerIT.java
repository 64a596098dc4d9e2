package io.jdbcmq.embedded;

import static io.jdbcmq.embedded.Servers.ask;
import static io.jdbcmq.embedded.Servers.askAt;
import static io.jdbcmq.embedded.Servers.processesOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a server is like while it runs; one serves all tests. */
@Timeout(120)
class RunningServerIT {
  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() {
    server = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void startsTheVersionThatTheBuildChose() throws SQLException {
    assertThat(server.version()).isEqualTo(Integer.getInteger("jdbcmq.test.postgres"));
    assertThat(ask(server, "show server_version")).startsWith(server.version() + ".");
    assertThat(server.jdbcUrl()).contains("127.0.0.1:" + server.port());
    assertThat(ask(server, "select current_user")).isEqualTo(server.user());
  }

  @Test
  void isDurable() throws SQLException {
    for (var name : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      assertThat(ask(server, "show " + name)).as(name).isEqualTo("on");
    }
  }

  @Test
  void createsDatabasesOfAnyName() throws SQLException {
    server.createDatabase("Jürgen's \"a/b\" & c");

    assertThat(askAt(server.jdbcUrl("Jürgen's \"a/b\" & c"), "select current_database()"))
        .isEqualTo("Jürgen's \"a/b\" & c");
    assertThatThrownBy(() -> server.createDatabase("postgres"))
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContaining("postgres");
  }

  @Test
  void listensToLoopbackOnly() throws Exception {
    assertThat(ask(server, "show listen_addresses")).isEqualTo("127.0.0.1");
    var others =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
            .toList();
    for (var address : others) {
      try (var socket = new Socket()) {
        var target = new InetSocketAddress(address, server.port());
        assertThatThrownBy(() -> socket.connect(target, 2_000))
            .isInstanceOf(ConnectException.class);
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void asRootItRunsAsSomebodyElseWithoutNamespaces() throws IOException {
    assumeTrue(ServerUser.ownerOf(Path.of("/proc/self")) == 0, "needs to run as root");
    var process = processesOf(server).get(0);
    var itself = Path.of("/proc", String.valueOf(process.pid()));

    assertThat(Files.readAllLines(itself.resolve("status"), UTF_8))
        .contains("Uid:\t65534\t65534\t65534\t65534");
    assertThat(Files.readSymbolicLink(itself.resolve("ns/user")))
        .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/user")));
  }

  @Test
  @DisabledOnOs(
      value = OS.WINDOWS,
      disabledReason = "no program that changes the user stands in between there")
  void theServerIsAChildOfThisProcess() {
    assertThat(processesOf(server).get(0).parent()).contains(ProcessHandle.current());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void ctrlCInTheTerminalDoesNotReachTheServer() throws IOException {
    var process = processesOf(server).get(0);
    var status = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"), UTF_8);
    var processGroup = status.substring(status.lastIndexOf(')')).split(" ", -1)[3];

    assertThat(processGroup).isEqualTo(String.valueOf(process.pid()));
  }
}
