package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Merges of what users do to one ordered channel with what runners do. After each, what is left is
 * run to its end: every job runs that has not ended, one after the other, in the order of the
 * sends.
 */
class OrderedChannelRacesIT {
  private static final Channel CHANNEL = Channel.of("ordered");

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private TestClock clock;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    clock = new TestClock(db);
  }

  @ParameterizedTest
  @EnumSource
  void completingTheHeadInTheHandlersTransactionLosesNoWakeUp(Isolation isolation)
      throws Exception {
    var merges =
        new Merges<>(db, isolation, this::threeJobs)
            .actor(
                "handler",
                (c, jobs) -> {
                  calls.completeOrRaise(c, jobs.head);
                  return "done";
                })
            .actor("claim", (c, jobs) -> calls.claim(c, jobs.runner, 5).size());

    assertThat(merges.outcomes(this::drain)).allMatch(end -> isInOrder(end, "b c"));
  }

  @ParameterizedTest
  @EnumSource
  void discardingAndRedrivingABlockingJobDoOneOfTheTwo(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::blocked)
            .actor("discard", (c, jobs) -> calls.discard(c, jobs.head.id()).size())
            .actor("redrive", (c, jobs) -> calls.redrive(c, jobs.head.id()).size())
            .actor("claim", (c, jobs) -> calls.claim(c, jobs.runner, 5).size());

    assertThat(merges.outcomes(this::drain))
        .allMatch(
            end ->
                end.startsWith("discard: 1, redrive: 0")
                    ? end.endsWith("-> b c")
                    : end.startsWith("discard: 0, redrive: 1") && end.endsWith("-> a b c"));
  }

  /** The dead letter has a new version by the time at which the lock is there. */
  @Test
  void discardingABlockingJobThatIsBeingUnblockedFindsIt() throws Exception {
    var stepper = new Stepper(db);
    var unblocking = stepper.session();
    var discarding = stepper.session();
    Jobs jobs = unblocking.run(this::blocked);
    unblocking.commit();

    boolean unblocked = unblocking.run(c -> calls.unblock(c, CHANNEL));
    assertThat(unblocked).isTrue();
    var discard = discarding.begin(c -> calls.discard(c, jobs.head.id()));
    assertThat(discard.isBlocked()).isTrue();
    unblocking.commit();
    assertThat(discard.result()).containsExactly(jobs.head.id());
    discarding.commit();
    assertThat(drain(db.session(), jobs)).isEqualTo("b c");
  }

  @ParameterizedTest
  @EnumSource
  void aCancellationThatIsUndoneCancelsNothing(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::threeJobs)
            .actor("complete", (c, jobs) -> calls.complete(c, jobs.head).size())
            .undone("cancel", (c, jobs) -> calls.cancel(c, jobs.second))
            .actor("claim", (c, jobs) -> calls.claim(c, jobs.runner, 5).size());

    assertThat(merges.outcomes(this::drain)).allMatch(end -> isInOrder(end, "b c"));
  }

  @ParameterizedTest
  @EnumSource
  void sendingMeetsTheEndOfTheHeadAndAClaim(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::oneJob)
            .actor("complete", (c, jobs) -> calls.complete(c, jobs.head).size())
            .actor("send", (c, jobs) -> sent(c, "b"), (c, jobs) -> sent(c, "c"))
            .actor("claim", (c, jobs) -> calls.claim(c, jobs.runner, 5).size());

    assertThat(merges.outcomes(this::drain)).allMatch(end -> isInOrder(end, "b c"));
  }

  @ParameterizedTest
  @EnumSource
  void committingAReservationInTimeMeetsTheEndOfTheHead(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::headThatRunsAndReserved)
            .actor("complete", (c, jobs) -> calls.complete(c, jobs.head).size())
            .actor("commit", (c, jobs) -> calls.commit(c, jobs.second))
            .actor("claim", (c, jobs) -> calls.claim(c, jobs.runner, 5).size());

    assertThat(merges.outcomes(this::drain))
        .allMatch(end -> end.contains("commit: 1") && isInOrder(end, "b c"));
  }

  /**
   * Whether the rest ran in this order, after the head if that was not ended: a claim that looks at
   * it holds its row for a moment, and who ends it then has to try again.
   */
  private static boolean isInOrder(String outcome, String rest) {
    boolean isRefused = outcome.contains("complete: 1") || outcome.contains("fail: 0");
    return outcome.endsWith("-> " + (isRefused ? "a " : "") + rest);
  }

  private Jobs oneJob(Connection connection) throws SQLException {
    Jobs jobs = new Jobs(calls.runner(connection), send(connection, OnDeath.SKIP, "a"));
    return jobs.running(calls.claim(connection, jobs.runner, 5));
  }

  private Jobs threeJobs(Connection connection) throws SQLException {
    return threeJobs(connection, OnDeath.SKIP);
  }

  /**
   * The first one runs, the second one is ready and has not been looked at, the third is parked.
   */
  private Jobs threeJobs(Connection connection, OnDeath onDeath) throws SQLException {
    List<UUID> ids = new ArrayList<>(send(connection, onDeath, "a"));
    UUID runner = calls.runner(connection);
    List<RunKey> running = calls.claim(connection, runner, 5);
    ids.addAll(send(connection, onDeath, "b", "c"));
    return new Jobs(runner, ids).running(running);
  }

  /** The first one is dead and holds the channel; the others have not been looked at since. */
  private Jobs blocked(Connection connection) throws SQLException {
    Jobs jobs = threeJobs(connection, OnDeath.BLOCK);
    calls.fail(connection, jobs.head);
    return jobs;
  }

  private Jobs headThatRunsAndReserved(Connection connection) throws SQLException {
    List<UUID> ids = new ArrayList<>(send(connection, OnDeath.SKIP, "a"));
    UUID runner = calls.runner(connection);
    List<RunKey> running = calls.claim(connection, runner, 5);
    ids.add(calls.reserve(connection, request("b", OnDeath.SKIP), Duration.ofMinutes(1)));
    ids.addAll(send(connection, OnDeath.SKIP, "c"));
    return new Jobs(runner, ids).running(running);
  }

  private List<UUID> send(Connection connection, OnDeath onDeath, String... names)
      throws SQLException {
    List<JobRequest> requests = new ArrayList<>();
    for (String name : names) {
      requests.add(request(name, onDeath).id(UuidV7.next()));
    }
    calls.send(connection, requests);
    return requests.stream().map(request -> request.id().orElseThrow()).toList();
  }

  private String sent(Connection connection, String name) throws SQLException {
    calls.send(connection, request(name, OnDeath.SKIP));
    return "sent";
  }

  private static JobRequest request(String name, OnDeath onDeath) {
    return JobRequest.of(name).channel(CHANNEL).ordered(onDeath).retry(RetryPolicy.never());
  }

  /** Runs what can run, one claim after the other, and names it in the order of its runs. */
  private String drain(Connection connection, Jobs jobs) throws SQLException {
    List<String> order = new ArrayList<>();
    for (int quiet = 0; quiet < 3; quiet++) {
      List<RunKey> running = new ArrayList<>();
      List<String> names = new ArrayList<>();
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(RUNNING)) {
        while (rows.next()) {
          names.add(rows.getString(1));
          running.add(new RunKey(rows.getObject(2, UUID.class), rows.getInt(3)));
        }
      }
      assertThat(names).as("running at once in one ordered channel").hasSizeLessThan(2);
      order.addAll(names);
      if (!running.isEmpty()) {
        quiet = 0;
        Set<UUID> refused = calls.complete(connection, running.toArray(RunKey[]::new));
        assertThat(refused).isEmpty();
      }
      clock.advance(Duration.ofSeconds(2)); // a job may have been put off for a moment
      calls.claim(connection, calls.runner(connection), 5);
    }
    return String.join(" ", order);
  }

  private static final String RUNNING =
      """
      select job.job_name, job.id, job.token
      from mq_claims as claim
      cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
      join mq_jobs as job on job.id = run.id and job.token = run.token
      """;

  /** Jobs in the order of their sends; the first one may run. */
  private static final class Jobs {
    private final UUID runner;
    private final List<UUID> ids;
    private RunKey head = new RunKey(new UUID(0, 0), 0);
    private final UUID second;

    Jobs(UUID runner, List<UUID> ids) {
      this.runner = runner;
      this.ids = List.copyOf(ids);
      this.second = ids.size() > 1 ? ids.get(1) : new UUID(0, 0);
    }

    Jobs running(List<RunKey> runs) {
      assertThat(runs).singleElement().returns(ids.get(0), RunKey::id);
      head = runs.get(0);
      return this;
    }
  }
}
