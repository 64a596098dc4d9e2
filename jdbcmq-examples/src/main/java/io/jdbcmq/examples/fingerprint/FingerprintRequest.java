package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.job.JobType;
import io.jdbcmq.job.RetryPolicy;
import java.time.Duration;

/**
 * Payload of the demo's jobs: the file to fingerprint.
 *
 * @param fileId its row in the table of files
 * @param uri where it is; a URI, because that escapes whatever a file name may hold
 */
record FingerprintRequest(long fileId, String uri) {
  static final JobType<FingerprintRequest> JOB =
      JobType.of("fingerprint-file", FingerprintRequest.class)
          .channel("files")
          .retry(RetryPolicy.of(4, Duration.ofMillis(200)));
}
