package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.TransactionalPayloadHandler;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;

/** Fingerprints a file and stores the result in the transaction that completes the job. */
final class FingerprintHandler implements TransactionalPayloadHandler<FingerprintRequest> {
  private final String runner;

  FingerprintHandler(String runner) {
    this.runner = runner;
  }

  @Override
  public void run(CurrentJob job, Connection connection, FingerprintRequest request)
      throws Exception {
    long startedAtNanos = System.nanoTime();
    Fingerprint fingerprint = Fingerprint.of(Path.of(URI.create(request.uri())));
    Duration took = Duration.ofNanos(System.nanoTime() - startedAtNanos);
    DemoTables.store(
        connection, new Result(request.fileId(), fingerprint, job.attempt(), runner, took));
  }
}
