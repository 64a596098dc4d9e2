package io.jdbcmq.examples.imports;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * Imports 10,000 prices. Line 4,500 cannot be read until somebody mends it, after the first attempt
 * has failed; the next one does not begin again.
 */
public final class LongImport {
  private static final int LINES = 10_000;
  private static final int BAD_LINE = 4_500;

  private LongImport() {}

  /** Runs it, on a PostgreSQL that is started here. */
  @SuppressWarnings("try") // the runner works in the background until it is closed
  public static void main(String[] args) throws Exception {
    Path file = Files.createTempFile("prices", ".csv");
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
        HikariDataSource dataSource = pool(server.jdbcUrl())) {
      execute(dataSource, "create table prices (article text, price numeric)");
      JobQueue queue = JobQueue.create(dataSource);
      queue.migrate();
      write(file, "?");

      JobRegistry jobs =
          JobRegistry.builder()
              .bind(PriceImportJobs.bindings(new PriceImport(dataSource)))
              .onError(
                  (attempt, error) -> {
                    System.out.printf("attempt %d failed: %s%n", attempt.number(), error);
                    write(file, "4.50");
                  })
              .build();
      UUID id = queue.send(PriceImportJobs.importPrices(new Import(file.toString(), 0))).id();
      try (JobRunner runner = queue.runner(jobs).start()) {
        while (queue.exists(id)) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      System.out.println(
          first(
              dataSource,
              "select count(*) || ' rows, ' || count(distinct article) || ' articles' from prices"));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void write(Path file, String priceOfBadLine) {
    List<String> lines =
        IntStream.rangeClosed(1, LINES)
            .mapToObj(
                line -> "article-" + line + ";" + (line == BAD_LINE ? priceOfBadLine : "1.99"))
            .collect(Collectors.toList());
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    return new HikariDataSource(config);
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String first(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
