package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** A server that takes nobody without TLS, and whose certificate the driver verifies. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the key's file gets POSIX permissions")
class TlsIT {
  private static final char[] SECRET = "secret".toCharArray();

  @TempDir Path directory;

  @Test
  void allConnectionsOfARunnerAreEncryptedAndVerified() throws Exception {
    BlockingQueue<UUID> ran = new LinkedBlockingQueue<>();
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      Path certificate = requireTls(server);
      PGSimpleDataSource source = source(server, certificate);
      JobQueue queue = JobQueue.create(source);
      queue.migrate();
      try (JobRunner runner = queue.runner(Jobs.handledBy(job -> ran.add(job.id()))).start()) {
        UUID id = queue.send(JobRequest.of(Jobs.NAME)).id();
        assertThat(ran.poll(20, SECONDS)).isEqualTo(id);

        List<String> sessions =
            await()
                .atMost(20, SECONDS)
                .until(
                    () -> sessions(source),
                    found -> found.size() > 2); // heartbeat, listener, and who asks
        assertThat(sessions).allMatch(session -> session.startsWith("true TLSv1."));
        assertThat(runner.id()).isPresent();
      }
    }
  }

  @Test
  void aServerWithAnotherCertificateIsRefused() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      requireTls(server);
      Path another = directory.resolve("another.crt");
      writePem(another, "CERTIFICATE", makeKeys("another").getCertificate("server").getEncoded());
      JobQueue queue = JobQueue.create(source(server, another));

      assertThatThrownBy(() -> queue.send(JobRequest.of(Jobs.NAME)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("certification path");
    }
  }

  @Test
  void aConnectionWithoutTlsIsRefused() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      requireTls(server);
      assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl() + "&sslmode=disable"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"));
    }
  }

  private static PGSimpleDataSource source(EmbeddedPostgres server, Path certificate) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl());
    source.setSslMode("verify-full");
    source.setSslRootCert(certificate.toString());
    return source;
  }

  private static List<String> sessions(PGSimpleDataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select tls.ssl::text || ' ' || coalesce(tls.version, 'none') || ' ' || activity.query
                from pg_stat_ssl as tls
                join pg_stat_activity as activity using (pid)
                where activity.backend_type = 'client backend'
                  and activity.query <> '' -- PostgreSQL 18 shows also who is still negotiating
                """)) {
      List<String> sessions = new ArrayList<>();
      while (rows.next()) {
        sessions.add(rows.getString(1));
      }
      return sessions;
    }
  }

  /** Gives the server a key, turns everybody else away, and returns its certificate. */
  private Path requireTls(EmbeddedPostgres server) throws Exception {
    KeyStore keys = makeKeys("server");
    Path data = server.dataDirectory();
    Path certificate = data.resolve("server.crt");
    writePem(certificate, "CERTIFICATE", keys.getCertificate("server").getEncoded());
    Path key = data.resolve("server.key");
    writePem(key, "PRIVATE KEY", keys.getKey("server", SECRET).getEncoded());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    for (Path file : List.of(certificate, key)) {
      Files.setOwner(file, Files.getOwner(data)); // that of the server, where root runs the tests
    }
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
        Statement statement = connection.createStatement()) {
      statement.execute("alter system set ssl = on");
    }
    Files.writeString(data.resolve("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n");
    server.restart();
    Path copy = directory.resolve("server.crt");
    Files.copy(certificate, copy);
    return copy;
  }

  /** By keytool, which each JDK has. */
  private KeyStore makeKeys(String name) throws Exception {
    Path store = directory.resolve(name + ".p12");
    Path log = directory.resolve(name + ".log");
    int status =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(SECRET),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    assertThat(status).as(Files.readString(log)).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream stream = Files.newInputStream(store)) {
      keys.load(stream, SECRET);
    }
    return keys;
  }

  private static void writePem(Path file, String kind, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        file,
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, text),
        StandardCharsets.US_ASCII);
  }
}
