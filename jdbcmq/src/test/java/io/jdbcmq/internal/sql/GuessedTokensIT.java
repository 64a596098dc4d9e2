package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Somebody calls the functions of runners by hand, with ids and tokens that are not those of the
 * current run: nothing changes.
 */
class GuessedTokensIT {
  private static final String LEASE_LOST = "MQ001";

  @RegisterExtension final TestSchema db = new TestSchema();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mq_complete_v1(array[ID], array[TOKEN], array[]::bigint[])",
        "mq_complete_v1(array[ID, ID], array[TOKEN, TOKEN], (select array_agg(id) from mq_claims))",
        "mq_fail_v1(array[ID], array[TOKEN], array['guessed'], array[true], (select array_agg(id)"
            + " from mq_claims where false))",
        "mq_hand_back_v1(array[ID], array[TOKEN], false, null)",
        "mq_hand_back_v1(array[ID], array[TOKEN], true, null)",
        "mq_snooze_v1(array[ID], array[TOKEN], array[1], null)",
        "mq_complete_or_raise_v1(ID, TOKEN)",
        "mq_snooze_or_raise_v1(ID, TOKEN, 1)",
        "mq_give_up_or_raise_v1(ID, TOKEN, 'guessed')",
        "mq_checkpoint_v1(ID, TOKEN, true, '\"guessed\"', true, null, 10)"
      })
  void noCallWithAnotherTokenOrAnotherIdChangesAnything(String call) throws Exception {
    RunKey run = runOfAJobThatWasPutBack();
    List<String> before = everything();
    for (String token : guesses(run.token())) {
      attempt(call.replace("ID", "'" + run.id() + "'::uuid").replace("TOKEN", token));
      assertThat(everything()).as(token).isEqualTo(before);
    }
    for (UUID id : List.of(UUID.randomUUID(), new UUID(0, 0), next(run.id()))) {
      attempt(call.replace("ID", "'" + id + "'::uuid").replace("TOKEN", "" + run.token()));
      assertThat(everything()).as("%s", id).isEqualTo(before);
    }

    attempt(call.replace("ID", "'" + run.id() + "'::uuid").replace("TOKEN", "" + run.token()));
    assertThat(everything()).as("the true token works").isNotEqualTo(before);
    db.queue().clearAll();
  }

  /** A runner that does not exist, or another one than that of the job. */
  @Test
  void noLeaseIsTakenOrRenewedByGuessing() throws Exception {
    RunKey run = runOfAJobThatWasPutBack();
    List<String> before = everything();
    for (String runner : List.of("00000000-0000-0000-0000-000000000000", run.id().toString())) {
      attempt("mq_claim_v1('" + runner + "', null, '', 10, 0)");
      attempt("mq_heartbeat_v1('" + runner + "', 60000)");
      attempt("mq_retire_runner_v1('" + runner + "')");
      assertThat(everything()).isEqualTo(before);
    }
    db.queue().clearAll();
  }

  private RunKey runOfAJobThatWasPutBack() throws SQLException {
    Calls calls = new Calls(db.schema());
    Connection session = db.session();
    UUID runner = calls.runner(session);
    calls.send(session, JobRequest.of("job").json("\"payload\""));
    calls.handBack(session, calls.claim(session, runner, 1).get(0));
    RunKey run = calls.claim(session, runner, 1).get(0);
    assertThat(run.token()).isGreaterThan(1);
    return run;
  }

  private static List<String> guesses(int token) {
    return List.of(
        "0", "-1", "1", "" + (token - 1), "" + (token + 1), "2147483647", "null::int", "-" + token);
  }

  /** Jobs, claims, leases, dead letters and errors, as they are now. */
  private List<String> everything() throws SQLException {
    return db.query(
        """
        select 'job ' || job::text from mq_jobs as job
        union all select 'ready ' || ready::text from mq_ready as ready
        union all select 'delayed ' || delayed::text from mq_delayed as delayed
        union all select 'claim ' || claim::text from mq_claims as claim
        union all select 'runner ' || runner::text from mq_runners as runner
        union all select 'dead ' || dead::text from mq_dead as dead
        union all select 'error ' || error::text from mq_errors as error
        order by 1
        """);
  }

  private void attempt(String call) throws SQLException {
    try (Connection connection = db.direct().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + db.name() + "\", pg_temp");
      statement.execute("select * from " + call);
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(LEASE_LOST);
    }
  }

  private static UUID next(UUID id) {
    return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 1);
  }
}
