package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.job.Channel;
import io.jdbcmq.testing.NoCodec;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.postgresql.ds.PGSimpleDataSource;

/** Runs for tests without a database. */
final class SampleRuns {
  static final UUID RUNNER = new UUID(0, 0);

  private SampleRuns() {}

  /** The only run of its claim; numbers make ids. */
  static Run run(long number) {
    return run(number, new Claim(number, RUNNER, 1));
  }

  /** A run of this claim. */
  static Run run(long number, Claim claim) {
    return run(new RunKey(new UUID(0, number), 1), "job", claim);
  }

  /** The only run of a claim of this job. */
  static Run run(RunKey key, String jobName) {
    return run(key, jobName, new Claim(key.token(), RUNNER, 1));
  }

  private static Run run(RunKey key, String jobName, Claim claim) {
    ClaimedJob job =
        new ClaimedJob(
            key,
            jobName,
            Channel.DEFAULT,
            1,
            0,
            false,
            Optional.empty(),
            Instant.EPOCH,
            Map.of(),
            Optional.empty(),
            Optional.empty());
    RunContext context =
        new RunContext(
            new RunCalls(new Schema("jdbcmq")),
            Database.of(new PGSimpleDataSource()),
            NoCodec.NONE,
            Optional.empty());
    return new Run(job, claim, context);
  }
}
