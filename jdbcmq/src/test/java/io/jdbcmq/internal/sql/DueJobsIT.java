package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.OrderedJobs;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A claim also does what is due for others, a share at a time, and says when it is to be called
 * again.
 */
class DueJobsIT {
  private static final JobRequest MINE = JobRequest.of("mine").channel("mine");
  private static final JobRequest OTHER = JobRequest.of("other").channel("other");
  private static final Optional<Duration> NOW = Optional.of(Duration.ZERO);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private TestClock clock;
  private Connection connection;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    clock = new TestClock(db);
    connection = db.session();
  }

  @Test
  void whatIsDueBehindManyJobsOfOthersIsFoundWithoutAPause() throws Exception {
    List<JobRequest> others = new ArrayList<>();
    for (int i = 0; i < 550; i++) {
      others.add(OTHER.delay(MINUTE));
    }
    calls.send(connection, others);
    calls.send(connection, MINE.delay(MINUTE.plusSeconds(1)));
    clock.advance(MINUTE.plusSeconds(2));

    assertThat(pollsUntilMine()).isEqualTo(6);
    assertThat(calls.poll(connection, calls.runner(connection), 10, "mine").nextDue()).isEmpty();
  }

  @Test
  void norIsItHeldUpByReservationsThatAreOver() throws Exception {
    for (int i = 0; i < 250; i++) {
      calls.reserve(connection, OTHER, MINUTE);
    }
    calls.send(connection, MINE.delay(MINUTE.plusSeconds(1)));
    clock.advance(MINUTE.plusSeconds(2));

    assertThat(pollsUntilMine()).isEqualTo(3);
  }

  /** Whoever has it in hand may take a while. */
  @Test
  void aDueJobThatSomebodyHasLockedIsLookedAtAgainAfterAMoment() throws Exception {
    calls.send(connection, MINE.delay(MINUTE));
    clock.advance(MINUTE);
    var holder = new Stepper(db).session();
    holder.run(c -> c.createStatement().execute("select from mq_delayed for update"));

    ClaimAnswer answer = calls.poll(connection, calls.runner(connection), 10, "mine");
    assertThat(answer.jobs()).isEmpty();
    assertThat(answer.nextDue().orElseThrow())
        .isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
    holder.rollback();
  }

  @Test
  void aChannelThatIsLetGoIsFoundBehindManyThatHaveNothingLeft() throws Exception {
    List<JobRequest> gone = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      gone.add(JobRequest.of("gone").channel("other", "" + i).ordered());
    }
    calls.send(connection, gone);
    calls.clear(connection, "other");
    OrderedJobs jobs = new OrderedJobs().with(connection).blocking().send("head", "next").claim();
    assertThat(jobs.die(connection, "head")).isNotNull();
    assertThat(jobs.unblock(connection)).isNotNull();

    UUID runner = calls.runner(connection);
    int polls = 0;
    ClaimAnswer answer;
    do {
      answer = calls.poll(connection, runner, 10, "orders");
      polls++;
      assertThat(answer.jobs().isEmpty()).isEqualTo(answer.nextDue().equals(NOW));
    } while (answer.jobs().isEmpty());
    assertThat(polls).isGreaterThan(1);
  }

  /** Whoever has locked them may take a while. */
  @Test
  void channelsWhoseHeadsAreLockedAreLookedAtAgainAfterAMoment() throws Exception {
    List<JobRequest> jobs = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      jobs.add(JobRequest.of("job").channel("other", "" + i % 150).ordered());
    }
    calls.send(connection, jobs);
    UUID runner = calls.runner(connection);
    assertThat(calls.claim(connection, runner, 150)).hasSize(150);
    assertThat(calls.claim(connection, runner, 150)).isEmpty(); // parks the others
    var holder = new Stepper(db).session();
    holder.run(c -> c.createStatement().execute("select from mq_jobs for update"));
    db.execute(
        "insert into mq_wakes (id, channel_name, channel_args)"
            + " select nextval('mq_seq'), 'other', i::text from generate_series(0, 149) as i");

    for (int i = 0; i < 3; i++) {
      ClaimAnswer answer = calls.poll(connection, runner, 10, "mine");
      assertThat(answer.nextDue().orElseThrow())
          .isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
    }
    holder.rollback();
  }

  private int pollsUntilMine() throws SQLException {
    UUID runner = calls.runner(connection);
    int polls = 1;
    ClaimAnswer answer = calls.poll(connection, runner, 10, "mine");
    while (answer.jobs().isEmpty()) {
      assertThat(answer.nextDue()).as("after poll %d", polls).isEqualTo(NOW);
      answer = calls.poll(connection, runner, 10, "mine");
      polls++;
    }
    return polls;
  }
}
