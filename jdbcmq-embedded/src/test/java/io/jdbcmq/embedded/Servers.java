package io.jdbcmq.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** Questions that tests ask a server. */
final class Servers {
  private Servers() {}

  /** The server first, then its children. */
  static List<ProcessHandle> processesOf(EmbeddedPostgres server) {
    try {
      var pidFile = server.dataDirectory().resolve("postmaster.pid");
      long pid = Long.parseLong(Files.readAllLines(pidFile, UTF_8).get(0));
      var parent = ProcessHandle.of(pid).orElseThrow();
      return Stream.concat(Stream.of(parent), parent.descendants()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean isAtWork(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  static void execute(EmbeddedPostgres server, String sql) throws SQLException {
    try (var connection = DriverManager.getConnection(server.jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static String ask(EmbeddedPostgres server, String query) throws SQLException {
    return askAt(server.jdbcUrl(), query);
  }

  static String askAt(String url, String query) throws SQLException {
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
