package io.jdbcmq.examples.imports;

import io.jdbcmq.annotation.Job;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.CurrentJob;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Imports a file of prices, a batch of lines in a transaction each. */
final class PriceImport {
  private static final int BATCH = 1_000;

  private final DataSource dataSource;

  PriceImport(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /**
   * Each batch and the checkpoint that tells of it are committed together: whatever happens, the
   * next attempt starts behind the last batch that is in the database.
   */
  @Job(channel = "imports", retries = 3, backoff = "PT0.1S")
  void importPrices(CurrentJob job, Import work) throws Exception {
    System.out.printf("attempt %d starts behind line %d%n", job.attempt(), work.done());
    int done = work.done();
    try (Connection connection = dataSource.getConnection();
        BufferedReader lines = Files.newBufferedReader(Path.of(work.file()))) {
      connection.setAutoCommit(false);
      next(lines, done);
      List<String> batch = next(lines, BATCH);
      while (!batch.isEmpty()) {
        insert(connection, batch);
        done += batch.size();
        job.checkpoint(connection, Checkpoint.payload(new Import(work.file(), done)));
        connection.commit();
        batch = next(lines, BATCH);
      }
    }
    System.out.printf("attempt %d is done%n", job.attempt());
  }

  private static List<String> next(BufferedReader lines, int count) throws IOException {
    List<String> batch = new ArrayList<>();
    String line;
    while (batch.size() < count && (line = lines.readLine()) != null) {
      batch.add(line);
    }
    return batch;
  }

  private static void insert(Connection connection, List<String> batch) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into prices (article, price) values (?, ?)")) {
      for (String line : batch) {
        String[] parts = line.split(";", 2);
        insert.setString(1, parts[0]);
        insert.setBigDecimal(2, new BigDecimal(parts[1]));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }
}
