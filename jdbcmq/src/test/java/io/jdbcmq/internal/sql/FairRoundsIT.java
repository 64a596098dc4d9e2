package io.jdbcmq.internal.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Channels of a group take turns, and so do groups. */
class FairRoundsIT {
  private static final RetryPolicy AT_ONCE = RetryPolicy.of(10, Duration.ZERO);

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private SendCalls sends;
  private Connection connection;
  private UUID runner;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    sends = new SendCalls(db.schema());
    connection = db.session();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set synchronous_commit = off");
    }
    runner = calls.runner(connection);
  }

  // One group.

  @Test
  void aLongBacklogDoesNotDelayTheFirstJobOfAnotherChannel() throws Exception {
    for (int i = 0; i < 10; i++) {
      send(jobs("large", 10_000));
    }
    send(jobs("small", 1));

    assertThat(claim(3)).contains("small");
  }

  @Test
  void withinAChannelTheFirstJobInIsTheFirstOut() throws Exception {
    Random random = new Random(7);
    Map<String, List<String>> sent = new HashMap<>();
    int number = 0;
    for (int list = 0; list < 30; list++) {
      List<JobRequest> requests = new ArrayList<>();
      for (int i = random.nextInt(20); i >= 0; i--) {
        String channel = "c" + random.nextInt(5);
        String name = channel + " " + number++;
        sent.computeIfAbsent(channel, c -> new ArrayList<>()).add(name);
        requests.add(JobRequest.of(name).channel("group", channel));
      }
      send(requests);
    }

    Map<String, List<String>> claimed = new HashMap<>();
    for (ClaimedJob job : poll(250)) {
      claimed.computeIfAbsent(job.channel().args(), c -> new ArrayList<>()).add(job.jobName());
    }
    for (ClaimedJob job : poll(250)) {
      claimed.computeIfAbsent(job.channel().args(), c -> new ArrayList<>()).add(job.jobName());
    }
    assertThat(claimed).isEqualTo(sent);
  }

  /** A single plain job has a function of its own, which must give the same place and row. */
  @Test
  void aJobSentAloneGetsThePlaceThatALongWayWouldGiveIt() throws Exception {
    Random random = new Random(11);
    for (int i = 0; i < 300; i++) {
      String channel = "c" + random.nextInt(4);
      int priority = random.nextInt(2);
      Duration timeout = Duration.ofMillis(1 + random.nextInt(9));
      for (String group : List.of("alone", "in a list")) {
        JobRequest request =
            JobRequest.of("job")
                .channel(group, channel)
                .priority(priority)
                .timeout(timeout)
                .retry(RetryPolicy.of(i, Duration.ofMillis(i)).withJitter(0.5))
                .header("n", "" + i)
                .json("{}")
                .bytes(new byte[] {1, (byte) i});
        UUID id = UUID.randomUUID();
        boolean alone = group.equals("alone");
        sends.send(
            connection,
            List.of(new JobRow(id, !alone, request, request.json(), request.bytes())),
            Optional.empty());
      }
      if (random.nextInt(10) == 0) {
        int most = 1 + random.nextInt(20);
        for (String group : List.of("alone", "in a list")) {
          new ClaimCalls(db.schema())
              .claim(connection, runner, List.of(group), "", most, Duration.ZERO);
        }
      }
    }
    String ready =
        """
        select array[round - min(round) over (), ready.priority, attempt, retries, backoff_ms, timeout_ms,
                     max_backoff_ms, cardinality(headers), octet_length(payload_bytes)]::text
               || ready.channel_args || tail || follows || headers::text || payload_json || jitter || payload_bytes
        from mq_ready as ready
        join mq_jobs as job on job.id = ready.job_id
        where ready.channel_name = '%s'
        order by ready.seq
        """;
    assertThat(db.query(ready.formatted("alone")))
        .isEqualTo(db.query(ready.formatted("in a list")))
        .hasSizeGreaterThan(10);
    assertThat(db.query("select distinct token::text from mq_jobs where channel_name = 'alone'"))
        .containsExactly("1");
  }

  @Test
  void lowerPrioritiesRunFirstAndEachIsFairByItself() throws Exception {
    send(prioritized("a", 1, 3));
    send(prioritized("a", -1, 3));
    send(prioritized("b", 1, 2));
    send(prioritized("b", -1, 2));
    send(prioritized("c", Short.MAX_VALUE, 1));
    send(prioritized("c", Short.MIN_VALUE, 1));
    send(prioritized("c", 0, 1));

    List<String> claimed = claim(20);

    assertThat(claimed.get(0)).isEqualTo("c");
    assertThat(claimed.subList(1, 6)).containsExactlyInAnyOrder("a", "a", "a", "b", "b");
    assertThat(claimed.subList(1, 4)).contains("b");
    assertThat(claimed.get(6)).isEqualTo("c");
    assertThat(claimed.subList(7, 12)).containsExactlyInAnyOrder("a", "a", "a", "b", "b");
    assertThat(claimed.get(12)).isEqualTo("c");
  }

  @Test
  void theChannelsOfOneListTakeTurns() throws Exception {
    List<JobRequest> list = new ArrayList<>();
    for (int channel = 0; channel < 40; channel++) {
      list.addAll(jobs("c" + channel, 5));
    }
    send(list);

    for (int turn = 0; turn < 5; turn++) {
      assertThat(claim(40)).doesNotHaveDuplicates();
    }
    assertThat(claim(1)).isEmpty();
  }

  @Test
  void itDoesNotMatterInHowManyListsJobsWereSent() throws Exception {
    send(jobs("one", 60));
    send(jobs("many", 20));
    send(jobs("many", 20));
    send(jobs("many", 20));

    assertThatTheyTakeTurns(claim(120), 60);
  }

  @Test
  void promotedJobsTakeTurnsWithTheOthers() throws Exception {
    TestClock clock = new TestClock(db);
    send(jobs("ready", 50));
    send(jobs("delayed", 50).stream().map(job -> job.delay(Duration.ofSeconds(1))).toList());
    clock.advance(Duration.ofSeconds(2));

    assertThatTheyTakeTurns(claim(100), 50);
  }

  @Test
  void failedJobsTakeTurnsWithTheOthers() throws Exception {
    List<RunKey> failing = sendAndClaim("failing", 50);
    send(jobs("ready", 50));
    assertThat(calls.fail(connection, failing.toArray(RunKey[]::new))).hasSize(50);

    assertThatTheyTakeTurns(claim(100), 50);
  }

  @Test
  void handedBackJobsTakeTurnsWithTheOthers() throws Exception {
    List<RunKey> unstarted = sendAndClaim("handed back", 50);
    send(jobs("ready", 50));
    assertThat(calls.handBack(connection, unstarted.toArray(RunKey[]::new))).hasSize(50);

    assertThatTheyTakeTurns(claim(100), 50);
  }

  @Test
  void redrivenJobsTakeTurnsWithTheOthers() throws Exception {
    RetryPolicy never = RetryPolicy.never();
    send(jobs("dead", 50).stream().map(job -> job.retry(never)).toList());
    List<RunKey> dying = calls.claim(connection, runner, 50);
    calls.fail(connection, dying.toArray(RunKey[]::new));
    send(jobs("ready", 50));
    UUID[] dead = dying.stream().map(RunKey::id).toArray(UUID[]::new);
    assertThat(calls.redrive(connection, dead)).hasSize(50);

    assertThatTheyTakeTurns(claim(100), 50);
  }

  /** As a job does that sends the next one of its channel. */
  @Test
  void channelsWhoseJobsFollowEachOtherDoNotStarveABacklog() throws Exception {
    send(jobs("backlog", 100));
    send(jobs("follow 1", 1));
    send(jobs("follow 2", 1));

    List<String> claimed = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      String channel = claim(1).get(0);
      claimed.add(channel);
      if (!channel.equals("backlog")) {
        send(jobs(channel, 1));
      }
    }

    assertThat(longestWait(claimed, "backlog")).isLessThanOrEqualTo(2 * 3);
    assertThat(longestWait(claimed, "follow 1")).isLessThanOrEqualTo(2 * 3);
    assertThat(longestWait(claimed, "follow 2")).isLessThanOrEqualTo(2 * 3);
  }

  /** Each job in a channel of its own, and one comes whenever one is claimed. */
  @Test
  void newChannelsDoNotStarveABacklog() throws Exception {
    send(jobs("backlog", 100));
    send(jobs("new 0", 1));

    List<String> claimed = new ArrayList<>();
    for (int i = 1; i <= 60; i++) {
      send(jobs("new " + i, 1));
      claimed.addAll(claim(1));
    }

    long backlog = claimed.stream().filter("backlog"::equals).count();
    assertThat(backlog).isGreaterThan(8);
    long waiting = 1 + (61 - (60 - backlog)); // channels, in the end; never more before
    assertThat(longestWait(claimed, "backlog")).isLessThanOrEqualTo((int) (2 * waiting));
  }

  @Test
  void aRoundIsNotAboveItsSeqHoweverSendsOverlap() throws Exception {
    var stepper = new Stepper(db);
    var first = stepper.session();
    var second = stepper.session();
    first.run(c -> c.createStatement().execute("lock table mq_ready in share mode"));

    var sending = second.begin(c -> calls.send(c, jobs("b", 10)));
    assertThat(sending.isBlocked()).isTrue();
    first.run(c -> calls.send(c, jobs("a", 10)));
    first.run(c -> calls.send(c, jobs("b", 10)));
    first.commit();
    assertThat(sending.result()).isEmpty();
    second.commit();

    assertThat(db.query("select job_id from mq_ready where round > seq")).isEmpty();
  }

  // The bound that the documentation states.

  @Test
  void theNextJobOfAChannelIsClaimedWithinTwoRounds() throws Exception {
    int channels = 100;
    Random random = new Random(11);
    Waits waits = new Waits();
    List<JobRequest> backlog = new ArrayList<>();
    for (int channel = 0; channel < channels; channel++) {
      backlog.addAll(jobs("c" + channel, 1 + channel * channel % 61));
    }
    Collections.shuffle(backlog, random);
    send(backlog);
    waits.sent(backlog);

    // Two claims are under way at any moment: each commits only after the other one has claimed.
    List<Connection> claimers = List.of(db.session(), db.session());
    for (Connection claimer : claimers) {
      claimer.setAutoCommit(false);
    }
    for (int step = 0; step < 300; step++) {
      List<ClaimedJob> claimed = calls.poll(claimers.get(step % 2), runner, 10).jobs();
      waits.claimed(claimed);
      List<JobRequest> next = new ArrayList<>();
      for (ClaimedJob job : claimed) {
        if (random.nextInt(3) == 0) {
          next.addAll(jobs(job.channel().args(), 1)); // it follows its predecessor
        }
      }
      for (int i = random.nextInt(12); i > 0; i--) {
        // Half of them go to a few busy channels.
        int channel = random.nextBoolean() ? random.nextInt(3) : random.nextInt(channels);
        next.addAll(jobs("c" + channel, 1));
      }
      send(next);
      waits.sent(next);
      claimers.get((step + 1) % 2).commit();
    }
    claimers.get(299 % 2).commit();

    assertThat(waits.claims()).isGreaterThan(2500);
    assertThat(waits.longest()).isBetween(channels, 2 * channels + 20);
  }

  @Test
  void theBoundHoldsForTenThousandUnevenChannelsAndThreeRunners() throws Exception {
    int channels = 10_000;
    int want = 250;
    Random random = new Random(12);
    Waits waits = new Waits();
    List<JobRequest> backlog = new ArrayList<>();
    for (int channel = 0; channel < channels; channel++) {
      backlog.addAll(jobs("c" + channel, channel % 500 == 0 ? 500 : 1 + channel % 3));
    }
    Collections.shuffle(backlog, random);
    send(backlog);
    waits.sent(backlog);

    List<Connection> claimers = List.of(db.session(), db.session(), db.session());
    List<UUID> runners = new ArrayList<>();
    for (Connection claimer : claimers) {
      runners.add(calls.runner(claimer));
      claimer.setAutoCommit(false);
    }
    // Three claims are under way at any moment; a fifth of the jobs is followed by another one.
    for (int step = 0; step < 120; step++) {
      int turn = step % 3;
      claimers.get(turn).commit();
      List<ClaimedJob> claimed = calls.poll(claimers.get(turn), runners.get(turn), want).jobs();
      waits.claimed(claimed);
      List<JobRequest> next = new ArrayList<>();
      for (ClaimedJob job : claimed) {
        if (random.nextInt(5) == 0) {
          next.addAll(jobs(job.channel().args(), 1));
        }
      }
      send(next);
      waits.sent(next);
      runners.set(turn, renewed(claimers.get(turn), runners.get(turn)));
    }
    for (Connection claimer : claimers) {
      claimer.commit();
    }

    assertThat(waits.claims()).isEqualTo(120 * want);
    assertThat(waits.longest()).isBetween(channels / 2, 2 * channels + 3 * want);
  }

  private UUID renewed(Connection claimer, UUID claiming) throws SQLException {
    return calls.heartbeat(claimer, claiming) ? claiming : calls.runner(claimer);
  }

  // Groups.

  @Test
  void allGroupsAreServedInTurn() throws Exception {
    List<String> groups = sendToGroups(50, 20);
    ClaimCalls claim = new ClaimCalls(db.schema());

    Set<String> served = new HashSet<>();
    String after = "";
    for (int i = 0; i < 50; i++) {
      ClaimAnswer answer = claim.claim(connection, runner, List.of(), after, 10, Duration.ZERO);
      assertThat(answer.jobs()).hasSize(10);
      served.add(answer.jobs().get(0).channel().name());
      after = answer.lastGroup();
    }

    assertThat(served).containsExactlyInAnyOrderElementsOf(groups);
  }

  /** The protocol takes a list in its order; the runner turns it. */
  @Test
  void allGroupsOfARunnersListAreServedInTurn() throws Exception {
    List<String> groups = sendToGroups(10, 40);
    Queue<String> served = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle("job", (CurrentJob job) -> served.add(job.channel().name()))
            .build();
    JobQueue queue = db.queue();

    db.closing(
        queue.runner(jobs).channels(groups.toArray(String[]::new)).concurrency(2, 4).start());

    await().atMost(20, SECONDS).until(() -> served.size() == 400);
    // Each claim is of 4 at most, and 4 more may have overtaken one on the way to a thread.
    assertThat(served.stream().limit(10 * 4 + 4).distinct()).hasSize(10);
  }

  @Test
  void groupsAreServedInTurnWhateverTheCollationOfTheDatabase() throws Exception {
    assumeTrue(
        Integer.parseInt(db.query("show server_version_num").get(0)) >= 150_000
            && db.query("select 1 from pg_collation where collname = 'en-x-icu'").size() == 1,
        "databases with an ICU collation came with version 15");
    String database = db.name() + "_icu";
    db.execute(
        "create database %s template template0 encoding 'UTF8' locale_provider icu icu_locale 'en'"
                .formatted(database)
            + " lc_collate 'C' lc_ctype 'C'");
    db.closing(() -> db.execute("drop database %s with (force)".formatted(database)));
    PGSimpleDataSource dataSource = db.direct();
    dataSource.setDatabaseName(database);
    JobQueue queue = JobQueue.builder(dataSource).schema(db.name()).build();
    queue.migrate();
    ClaimCalls claim = new ClaimCalls(db.schema());
    List<String> served = new ArrayList<>();
    try (Connection there = dataSource.getConnection()) {
      UUID listener = calls.runner(there);
      String after = "";
      for (String group : List.of("a", "B", "C", "a", "B", "C")) {
        queue.send(JobRequest.of("job").channel(group));
      }
      for (int i = 0; i < 4; i++) {
        ClaimAnswer answer = claim.claim(there, listener, List.of(), after, 2, Duration.ZERO);
        answer.jobs().forEach(job -> served.add(job.channel().name()));
        after = answer.lastGroup();
        queue.send(JobRequest.of("job").channel("B"));
      }
    }
    // In the order of bytes; in that of the collation, nothing would come after "a".
    assertThat(served).containsExactly("B", "B", "C", "C", "a", "a", "B", "B");
  }

  private static List<JobRequest> jobs(String channel, int count) {
    return Collections.nCopies(
        count, JobRequest.of("job").channel("group", channel).retry(AT_ONCE));
  }

  private static List<JobRequest> prioritized(String channel, int priority, int count) {
    return jobs(channel, count).stream().map(job -> job.priority(priority)).toList();
  }

  private List<String> sendToGroups(int groups, int jobs) throws SQLException {
    List<String> names = IntStream.range(0, groups).mapToObj(i -> "g" + i).toList();
    for (String name : names) {
      send(Collections.nCopies(jobs, JobRequest.of("job").channel(name)));
    }
    return names;
  }

  private void send(List<JobRequest> requests) throws SQLException {
    if (!requests.isEmpty()) {
      calls.send(connection, requests);
    }
  }

  private List<RunKey> sendAndClaim(String channel, int count) throws SQLException {
    send(jobs(channel, count));
    return calls.claim(connection, runner, count);
  }

  private List<ClaimedJob> poll(int want) throws SQLException {
    return calls.poll(connection, runner, want).jobs();
  }

  /** The args of the channels whose jobs are claimed, in order. */
  private List<String> claim(int want) throws SQLException {
    return poll(want).stream().map(job -> job.channel().args()).toList();
  }

  /** Two channels with so many jobs each: at no moment is one of them ahead by more than two. */
  private static void assertThatTheyTakeTurns(List<String> claimed, int each) {
    assertThat(claimed.stream().collect(groupingBy(channel -> channel, counting())).values())
        .containsExactly((long) each, (long) each);
    int ahead = 0;
    for (String channel : claimed) {
      ahead += channel.equals(claimed.get(0)) ? 1 : -1;
      assertThat(ahead).as("lead of %s in %s", claimed.get(0), claimed).isBetween(-2, 2);
    }
  }

  /** Most claims in a row that were not this channel's. */
  private static int longestWait(List<String> claimed, String channel) {
    int longest = 0;
    int wait = 0;
    for (String each : claimed) {
      wait = each.equals(channel) ? 0 : wait + 1;
      longest = Math.max(longest, wait);
    }
    return longest;
  }

  /** For how many claims of other channels the next job of each channel waits. */
  private static final class Waits {
    private final Map<String, Integer> waiting = new HashMap<>();
    private final Map<String, Integer> since = new HashMap<>();
    private int claims;
    private int longest;

    void sent(List<JobRequest> requests) {
      for (JobRequest request : requests) {
        String channel = request.channel().args();
        if (waiting.merge(channel, 1, Integer::sum) == 1) {
          since.put(channel, claims);
        }
      }
    }

    void claimed(List<ClaimedJob> jobs) {
      for (ClaimedJob job : jobs) {
        String channel = job.channel().args();
        longest = Math.max(longest, claims - since.get(channel));
        claims++;
        waiting.merge(channel, -1, Integer::sum);
        since.put(channel, claims);
      }
    }

    int claims() {
      return claims;
    }

    /** Of the jobs that were claimed, and of those that still wait. */
    int longest() {
      return waiting.entrySet().stream()
          .filter(channel -> channel.getValue() > 0)
          .mapToInt(channel -> claims - since.get(channel.getKey()))
          .reduce(longest, Math::max);
    }
  }
}
