package io.jdbcmq.embedded;

import static io.jdbcmq.embedded.Servers.ask;
import static io.jdbcmq.embedded.Servers.execute;
import static io.jdbcmq.embedded.Servers.isAtWork;
import static io.jdbcmq.embedded.Servers.processesOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.embedded.EmbeddedPostgres.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class EmbeddedPostgresIT {
  private Path temporary;

  /**
   * Not JUnit's, which only its owner can enter: the server of a build by root has another user.
   */
  @BeforeEach
  void makeReachableDirectory() throws IOException {
    temporary = Files.createTempDirectory("embedded-postgres-it-").toRealPath();
    if (Files.getFileStore(temporary).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @AfterEach
  void deleteDirectory() throws IOException {
    Trees.delete(temporary);
  }

  @Test
  void takesSettings() throws SQLException {
    try (var server = EmbeddedPostgres.builder().setting("shared_buffers", "16MB").start()) {
      assertThat(ask(server, "show shared_buffers")).isEqualTo("16MB");
      server.restart();
      assertThat(ask(server, "show shared_buffers")).isEqualTo("16MB");
    }
  }

  @Test
  void committedRowsSurviveAKill() throws SQLException {
    try (var server = EmbeddedPostgres.builder().start()) {
      int port = server.port();
      execute(server, "create table kept (id int)");
      for (int round = 1; round <= 3; round++) {
        execute(server, "insert into kept values (" + round + ")");

        server.kill();
        assertThat(server.isRunning()).isFalse();
        assertThatThrownBy(() -> ask(server, "select 1")).isInstanceOf(SQLException.class);

        server.restart();
        assertThat(server.port()).isEqualTo(port);
        assertThat(ask(server, "select count(*) from kept")).isEqualTo(String.valueOf(round));
      }
    }
  }

  @Test
  void aKillLeavesNoProcess() throws SQLException {
    try (var server = EmbeddedPostgres.builder().start()) {
      var processes = processesOf(server);
      assertThat(processes).hasSizeGreaterThan(3);

      server.kill();

      assertThat(processes).noneMatch(Servers::isAtWork);
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void stopsAndStartsAgain(Mode mode) throws SQLException {
    try (var server = EmbeddedPostgres.builder().start()) {
      execute(server, "create table kept as select 1 as id");

      server.stop(mode);
      assertThat(server.isRunning()).isFalse();
      server.stop(mode); // again: nothing to do
      server.restart();

      assertThat(ask(server, "select id from kept")).isEqualTo("1");
    }
  }

  @Test
  void aGivenDirectoryKeepsTheData() throws SQLException {
    var data = temporary.resolve("data");
    try (var server = EmbeddedPostgres.builder().dataDirectory(data).start()) {
      execute(server, "create table kept as select 42 as id");
    }
    try (var server = EmbeddedPostgres.builder().dataDirectory(data).start()) {
      assertThat(ask(server, "select id from kept")).isEqualTo("42");
      assertThat(server.dataDirectory()).isEqualTo(data);
    }
  }

  @Test
  void aTemporaryDirectoryGoesOnClose() {
    Path data;
    try (var server = EmbeddedPostgres.builder().start()) {
      data = server.dataDirectory();
      assertThat(data).isDirectory();
    }
    assertThat(data.resolveSibling(".").normalize()).doesNotExist();
  }

  @Test
  void leavesForeignDirectoriesAlone() throws IOException {
    var precious = Files.writeString(temporary.resolve("precious"), "mine", UTF_8);

    assertThatThrownBy(() -> EmbeddedPostgres.builder().dataDirectory(temporary).start())
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContaining(temporary + " is not empty");
    assertThat(precious).hasContent("mine");
  }

  @Test
  void oneDirectoryServesOneServer() {
    var data = temporary.resolve("data");
    try (var first = EmbeddedPostgres.builder().dataDirectory(data).start()) {
      assertThatThrownBy(() -> EmbeddedPostgres.builder().dataDirectory(data).start())
          .isInstanceOf(EmbeddedPostgresException.class)
          .hasMessageContaining(data + " is in use");
      assertThat(first.isRunning()).isTrue();
    }
  }

  @Test
  void twoServersLiveSideBySide() throws SQLException {
    try (var one = EmbeddedPostgres.builder().start();
        var two = EmbeddedPostgres.builder().start()) {
      assertThat(one.port()).isNotEqualTo(two.port());
      execute(one, "create table only_here (id int)");
      assertThat(ask(two, "select to_regclass('only_here') is null")).isEqualTo("t");
    }
  }

  @Test
  void aPortThatWasTakenMeanwhileIsReplaced() throws IOException, SQLException {
    try (var occupied = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var taken = occupied.getLocalPort();
      var picks = new ArrayDeque<>(List.of(taken, taken, PortPicker.free().pick()));

      try (var server = EmbeddedPostgres.builder().ports(picks::remove).start()) {
        assertThat(picks).isEmpty();
        assertThat(server.port()).isNotEqualTo(taken);
        assertThat(ask(server, "select 1")).isEqualTo("1");
      }
    }
  }

  @Test
  void aTakenPortThatWasAskedForIsAnError() throws IOException {
    try (var occupied = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = occupied.getLocalPort();

      assertThatThrownBy(() -> EmbeddedPostgres.builder().port(port).start())
          .isInstanceOf(EmbeddedPostgresException.class)
          .hasMessageContainingAll("port " + port, "could not bind");
    }
  }

  @Test
  void aPortOfAnotherServerIsNotMistakenForItsOwn() throws SQLException {
    try (var other = EmbeddedPostgres.builder().start()) {
      assertThatThrownBy(() -> EmbeddedPostgres.builder().port(other.port()).start())
          .isInstanceOf(EmbeddedPostgresException.class)
          .hasMessageContaining("could not bind");
      assertThat(ask(other, "select 1")).isEqualTo("1");
    }
  }

  @Test
  void anOrphanIsStoppedByTheNextStart() throws Exception {
    var data = temporary.resolve("data");
    var dying =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LeavesServerBehind.class.getName(),
                data.toString())
            .inheritIO()
            .start();
    assertThat(dying.waitFor(60, SECONDS)).isTrue();
    assertThat(dying.exitValue()).isZero();
    long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid"), UTF_8).get(0));
    var orphan = ProcessHandle.of(pid).orElseThrow();

    try (var server = EmbeddedPostgres.builder().dataDirectory(data).start()) {
      assertThat(isAtWork(orphan)).isFalse();
      assertThat(ask(server, "select 1")).isEqualTo("1");
    }
  }

  @Test
  void aStaleNumberOfAnotherProcessHarmsNobody() throws Exception {
    var data = temporary.resolve("data");
    try (var server = EmbeddedPostgres.builder().dataDirectory(data).start()) {
      server.kill();
    }
    var pidFile = data.resolve("postmaster.pid");
    var lines = Files.readAllLines(pidFile, UTF_8);
    var bystander = new ProcessBuilder("sleep", "100").start();
    try {
      lines.set(0, String.valueOf(bystander.pid()));
      Files.write(pidFile, lines, UTF_8);

      assertThat(runningIn(data)).isEmpty();
      assertThat(bystander.isAlive()).isTrue();
    } finally {
      bystander.destroyForcibly();
    }
  }

  private static Optional<ProcessHandle> runningIn(Path data) throws IOException {
    var installation = Installation.forThisPlatform();
    try (var directory = DataDirectory.lasting(data, installation)) {
      return directory.runningServer();
    }
  }

  @Test
  void aFailedStartShowsTheLog() {
    assertThatThrownBy(
            () -> EmbeddedPostgres.builder().setting("shared_buffers", "nonsense").start())
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContainingAll("exit code", "FATAL", "shared_buffers", "nonsense");
  }

  @Test
  void theEnvironmentDecidesBetweenNamedAndEmbedded() throws SQLException {
    try (var server = DatabaseServer.fromEnvironmentOrEmbedded();
        var connection = server.dataSource().getConnection()) {
      assertThat(connection.isValid(5)).isTrue();
      assertThat(server.isEmbedded()).isEqualTo(server.embedded().isPresent());
    }
  }
}
