package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A runner says that a claim can be forgotten although a run of it is current: a failover has
 * undone the completion that the runner remembers, or has given the claim's number again. The claim
 * stays, so that the job is not lost: its runner finds it, or it is rescued.
 */
class ForgottenClaimsIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mq_complete_v1(array[ID], array[TOKEN], array[CLAIM])",
        "mq_fail_v1(array[ID], array[TOKEN], array['failed'], null, array[CLAIM])",
        "mq_snooze_v1(array[ID], array[TOKEN], array[1000], array[CLAIM])",
        "mq_hand_back_v1(array[ID], array[TOKEN], false, array[CLAIM])"
      })
  void aClaimWithACurrentRunStays(String call) throws Exception {
    List<RunKey> runs = claimTwo();
    call(call, runs.get(0));
    assertThat(
            db.query("select (job_ids[2] = '%s')::text from mq_claims".formatted(runs.get(1).id())))
        .containsExactly("true");

    call(call, runs.get(1));
    assertThat(db.query("select id::text from mq_claims")).isEmpty();
    db.queue().clearAll();
  }

  @Test
  void whatItHoldsIsRescued() throws Exception {
    List<RunKey> runs = claimTwo();
    call("mq_complete_v1(array[ID], array[TOKEN], array[CLAIM])", runs.get(0));
    db.execute("update mq_runners set lease_ends_at = mq_now()");

    assertThat(db.query("select id::text from mq_rescue_v1(10)"))
        .containsExactly(runs.get(1).id().toString());
    assertThat(db.query("select id::text from mq_claims")).isEmpty();
    db.queue().clearAll();
  }

  private List<RunKey> claimTwo() throws Exception {
    Calls calls = new Calls(db.schema());
    try (Connection session = db.direct().getConnection()) {
      UUID runner = calls.runner(session);
      calls.send(session, JobRequest.of("one"));
      calls.send(session, JobRequest.of("two"));
      return calls.claim(session, runner, 2);
    }
  }

  private void call(String call, RunKey run) throws Exception {
    db.query(
        "select (select count(*) from "
            + call.replace("ID", "'" + run.id() + "'::uuid")
                .replace("TOKEN", "" + run.token())
                .replace("CLAIM", "(select max(id) from mq_claims)")
            + ")::text");
  }
}
