package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/** How the driver sends values: always apart from the text of a statement. */
class QueryModeIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void migratingInSimpleModeIsRefused() {
    JobQueue queue = JobQueue.builder(in(PreferQueryMode.SIMPLE)).schema(db.name()).build();
    assertThatThrownBy(queue::migrate).satisfies(QueryModeIT::isAboutTheMode);
  }

  @Test
  void aRunnerInSimpleModeIsRefused() {
    JobQueue queue = JobQueue.builder(in(PreferQueryMode.SIMPLE)).schema(db.name()).build();
    assertThatThrownBy(() -> queue.runner(Jobs.handledBy(job -> {})).start())
        .satisfies(QueryModeIT::isAboutTheMode);
  }

  @Test
  void aRunnerWhoseDirectConnectionsAreInSimpleModeIsRefused() throws Exception {
    JobQueue queue =
        JobQueue.builder(db.pool()).direct(in(PreferQueryMode.SIMPLE)).schema(db.name()).build();
    assertThatThrownBy(() -> queue.runner(Jobs.handledBy(job -> {})).start())
        .satisfies(QueryModeIT::isAboutTheMode);
    assertThat(db.count("mq_runners")).isZero();
  }

  @Test
  void aSendInSimpleModeIsRefusedAndLeavesTheTransactionAsItWas() throws Exception {
    JobQueue queue = JobQueue.builder(in(PreferQueryMode.SIMPLE)).schema(db.name()).build();
    assertThatThrownBy(() -> queue.send(JobRequest.of(Jobs.NAME)))
        .satisfies(QueryModeIT::isAboutTheMode);
    try (Connection connection = in(PreferQueryMode.SIMPLE).getConnection()) {
      connection.setAutoCommit(false);
      assertThatThrownBy(() -> queue.send(connection, JobRequest.of(Jobs.NAME)))
          .satisfies(QueryModeIT::isAboutTheMode);
      assertThat(connection.createStatement().executeQuery("select 1").next()).isTrue();
      connection.commit();
    }
    assertThat(db.count("mq_jobs")).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, -1})
  void statementsNeedNotBePreparedAndMayBeAtOnce(int prepareThreshold) throws Exception {
    PGSimpleDataSource source = db.direct();
    source.setPrepareThreshold(prepareThreshold);
    CountDownLatch done = new CountDownLatch(20);
    JobQueue queue = JobQueue.builder(source).schema(db.name()).build();
    try (JobRunner runner = queue.runner(Jobs.handledBy(job -> done.countDown())).start()) {
      for (int i = 0; i < 20; i++) {
        queue.send(JobRequest.of(Jobs.NAME).json("\"it's $1 ? :: {}\""));
      }
      assertThat(done.await(20, SECONDS)).isTrue();
      assertThat(runner.id()).isPresent();
    }
  }

  private DataSource in(PreferQueryMode mode) {
    PGSimpleDataSource source = db.direct();
    source.setPreferQueryMode(mode);
    return source;
  }

  private static void isAboutTheMode(Throwable thrown) {
    assertThat(thrown)
        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.isTransient()).isFalse())
        .hasMessageContaining("preferQueryMode=simple");
  }
}
