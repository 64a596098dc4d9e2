package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** Records files and sends a job for each, in the same transaction. */
final class Sender {
  private static final int FILES_PER_TRANSACTION = 500;

  private final DataSource dataSource;
  private final JobQueue queue;

  Sender(DataSource dataSource, JobQueue queue) {
    this.dataSource = dataSource;
    this.queue = queue;
  }

  /** Sends all of them, some hundred per transaction. */
  void send(List<SourceFile> files) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      for (int from = 0; from < files.size(); from += FILES_PER_TRANSACTION) {
        int to = Math.min(from + FILES_PER_TRANSACTION, files.size());
        send(connection, from, files.subList(from, to));
        connection.commit();
      }
    }
  }

  private void send(Connection connection, long firstId, List<SourceFile> files)
      throws SQLException {
    List<JobRequest> requests = new ArrayList<>(files.size());
    for (int i = 0; i < files.size(); i++) {
      var payload = new FingerprintRequest(firstId + i, files.get(i).uri());
      requests.add(FingerprintRequest.JOB.request(payload));
    }
    List<UUID> jobs = queue.send(connection, requests).stream().map(SendResult::id).toList();
    DemoTables.record(connection, firstId, files, jobs);
  }
}
