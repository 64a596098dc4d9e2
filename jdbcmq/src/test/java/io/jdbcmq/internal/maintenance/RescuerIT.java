package io.jdbcmq.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.LeaseCalls;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RescuerIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  /**
   * A runner to which jobs trickled in holds a claim for each of them; some of them are history.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void allThatLostRunnersHoldIsRescuedWithoutPauses(int cancelled) throws Exception {
    Calls calls = new Calls(db.schema());
    Connection connection = db.session();
    UUID runner = calls.runner(connection);
    for (int i = 0; i < 170; i++) {
      calls.send(connection, JobRequest.of("job"));
      List<RunKey> runs = calls.claim(connection, runner, 1);
      assertThat(runs).hasSize(1);
      if (i < cancelled) {
        calls.cancel(connection, runs.get(0).id());
      }
    }
    db.execute("update mq_runners set lease_ends_at = mq_now()");

    try (Rescuer rescuer =
        new Rescuer(
            Database.of(db.pool()),
            new LeaseCalls(db.schema()),
            Calls.LEASE,
            new Events(List.of()))) {
      rescuer.rescueAll();
    }
    assertThat(db.count("mq_claims")).isZero();
    assertThat(db.count("mq_runners")).isZero();
  }
}
