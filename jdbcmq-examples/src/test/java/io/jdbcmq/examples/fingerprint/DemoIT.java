package io.jdbcmq.examples.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.examples.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

class DemoIT {
  private static final int FILES = 300;

  private static DatabaseServer server;

  @TempDir private Path folder;
  private Path files;

  @BeforeAll
  static void startServer() {
    server = DatabaseServer.fromEnvironmentOrEmbedded();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void makeFiles() throws IOException {
    files = Files.createDirectories(folder.resolve("files with a space"));
    List<String> names =
        new ArrayList<>(List.of("new\nline", "per%cent", "größe 😀", "quo'te\"s", "#hash?", "-x"));
    for (int i = names.size(); i < FILES; i++) {
      names.add("deep/er/file-" + i);
    }
    Files.createDirectories(files.resolve("deep/er"));
    for (String name : names) {
      Files.writeString(files.resolve(name), "content of " + name);
    }
    Files.createSymbolicLink(files.resolve("circle"), files);
  }

  @Test
  void eachFileHasOneResultAlthoughARunnerIsKilled() throws Exception {
    ChildProcess demo = demo("--folder", files.toString());

    assertThat(demo.err()).isEmpty();
    assertThat(demo.out()).anyMatch(line -> line.matches("Killed runner-1 .* started runner-4\\."));
    assertThat(demo.out()).anyMatch(line -> line.matches(" *results of runner-1 +\\d+  killed"));
    assertThat(demo.out()).anyMatch(line -> line.matches(" *taken over +\\d+  from runner-1"));
    assertThat(last(demo.out())).isEqualTo("300 files, 300 results, 0 missing, 0 repeated");
    assertThat(demo.exitCode()).isZero();
  }

  @Test
  void onANamedServerTheKeptSchemaHoldsTheRightFingerprints() throws Exception {
    ChildProcess demo = demoOnServer("--folder", files.toString(), "--no-kill", "--keep");
    Path logs = Path.of(lineAfter("Logs of the runners: ", demo.out()));

    assertThat(demo.err()).isEmpty();
    assertThat(last(demo.out())).isEqualTo("300 files, 300 results, 0 missing, 0 repeated");
    assertThat(demo.exitCode()).isZero();
    Map<String, String> expected = new HashMap<>();
    try (var found = Files.find(files, 9, (file, attributes) -> attributes.isRegularFile())) {
      for (Path file : found.toList()) {
        expected.put(file.toRealPath().toUri().toString(), sha256(file));
      }
    }
    assertThat(storedFingerprints()).hasSize(FILES).isEqualTo(expected);

    try (var kept = Files.list(logs)) {
      for (Path log : kept.toList()) {
        Files.delete(log);
      }
    }
    Files.delete(logs);
    execute("drop schema jdbcmq_demo cascade");
  }

  @Test
  void onANamedServerNothingIsLeft() throws Exception {
    ChildProcess demo = demoOnServer("--folder", files.toString(), "--runners", "1");

    assertThat(demo.err()).isEmpty();
    assertThat(demo.exitCode()).isZero();
    assertThat(query("select nspname from pg_namespace where nspname = 'jdbcmq_demo'")).isEmpty();
  }

  @Test
  void aForeignSchemaIsLeftAlone() throws Exception {
    execute("drop schema if exists jdbcmq_demo cascade");
    execute("create schema jdbcmq_demo");
    try {
      assertRefused(
          demoOnServer("--folder", files.toString()), "schema jdbcmq_demo that is not the demo's");
      assertThat(query("select nspname from pg_namespace where nspname = 'jdbcmq_demo'"))
          .hasSize(1);
    } finally {
      execute("drop schema jdbcmq_demo");
    }
  }

  @Test
  void badInputEndsTheProcessWithItsOwnExitCode() throws Exception {
    assertRefused(demo("--folder", folder.resolve("not\nthere").toString()), "there is no folder");
  }

  @Test
  void aServerThatCannotBeUsedGetsOneClearLine() throws Exception {
    List<String> arguments = List.of("--folder", files.toString());
    assertRefused(
        ChildProcess.run(Demo.class, Map.of("JDBCMQ_URL", "nonsense"), folder, arguments),
        "JDBCMQ_URL is not a JDBC URL");
    assertRefused(
        ChildProcess.run(
            Demo.class,
            Map.of("JDBCMQ_URL", "jdbc:postgresql://127.0.0.1:1/none?user=nobody"),
            folder,
            arguments),
        "the server of JDBCMQ_URL cannot be used");
  }

  @Test
  void helpTellsWhatThereIs() throws Exception {
    ChildProcess demo = demo("--help");

    assertThat(String.join("\n", demo.out()))
        .contains("--folder", "--runners", "--no-kill", "--keep", "--help", "JDBCMQ_URL");
    assertThat(demo.exitCode()).isZero();
  }

  /** On a server of its own, unless the environment names one. */
  private ChildProcess demo(String... arguments) throws Exception {
    return ChildProcess.run(Demo.class, Map.of(), folder, List.of(arguments));
  }

  private ChildProcess demoOnServer(String... arguments) throws Exception {
    PGSimpleDataSource source = server.dataSource();
    Map<String, String> environment = new HashMap<>();
    environment.put("JDBCMQ_URL", server.jdbcUrl());
    if (source.getUser() != null) {
      environment.put("JDBCMQ_USER", source.getUser());
    }
    if (source.getPassword() != null) {
      environment.put("JDBCMQ_PASSWORD", source.getPassword());
    }
    return ChildProcess.run(Demo.class, environment, folder, List.of(arguments));
  }

  private static void assertRefused(ChildProcess demo, String message) {
    assertThat(demo.err()).hasSize(1);
    assertThat(demo.err().get(0)).startsWith("demo: ").contains(message);
    assertThat(demo.exitCode()).isEqualTo(2);
  }

  private static String lineAfter(String start, List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no line starts with " + start + ": " + lines))
        .substring(start.length());
  }

  private static String last(List<String> lines) {
    return lines.get(lines.size() - 1);
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  private static Map<String, String> storedFingerprints() throws SQLException {
    Map<String, String> stored = new HashMap<>();
    try (Connection connection = server.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select uri, sha256 from jdbcmq_demo.results"
                    + " join jdbcmq_demo.files on files.id = file_id")) {
      while (rows.next()) {
        stored.put(rows.getString(1), rows.getString(2));
      }
    }
    return stored;
  }

  private static List<String> query(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection connection = server.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = server.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
