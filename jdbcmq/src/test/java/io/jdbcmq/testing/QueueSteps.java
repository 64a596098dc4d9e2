package io.jdbcmq.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.testing.QueueModel.Job;
import io.jdbcmq.testing.QueueModel.State;
import io.jdbcmq.testing.QueueModel.Wish;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Calls of the queue that are made on the database and on {@link QueueModel} alike, on one
 * connection, with a clock that stands still unless a step moves it.
 */
public final class QueueSteps {
  /** More than there are: such a claim takes all that may run. */
  public static final int EVERYTHING = 250;

  private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Connection connection;
  private QueueModel model = new QueueModel(START);
  private QueueModel committed = model;
  private final List<RunKey> runs = new ArrayList<>();
  private List<RunKey> committedRuns = List.of();
  private final UUID[] runners = new UUID[2];
  private final UUID[] committedRunners = new UUID[2];

  public QueueSteps(TestSchema db) throws SQLException {
    connection = db.session();
    query("set synchronous_commit = off");
    query("create table test_now (at timestamptz not null)");
    query(
        "create or replace function mq_now() returns timestamptz language sql volatile as 'select at from %s.test_now'"
            .formatted(db.name()));
    connection.setAutoCommit(false);
  }

  /** One call. */
  public interface Step {
    void play(QueueSteps queue) throws SQLException;
  }

  private record Named(String name, Step step) implements Step {
    @Override
    public void play(QueueSteps queue) throws SQLException {
      step.play(queue);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** How a run ends, or goes on. */
  public enum Settlement {
    COMPLETE,
    COMPLETE_OR_RAISE,
    FAIL,
    GIVE_UP,
    SNOOZE,
    HAND_BACK,
    HAND_BACK_UNKNOWN,
    CHECKPOINT
  }

  /** What is done to a job. */
  public enum OnJob {
    CANCEL,
    COMMIT,
    EXTEND,
    REDRIVE,
    DISCARD
  }

  /** What is done to a channel. */
  public enum OnChannel {
    PAUSE,
    RESUME,
    CLEAR,
    UNBLOCK
  }

  /** Begins with an empty queue and two runners. */
  public void start() throws SQLException {
    connection.rollback();
    for (String table :
        List.of(
            "jobs",
            "ready",
            "delayed",
            "parked",
            "wakes",
            "claims",
            "runners",
            "errors",
            "dead",
            "groups",
            "paused",
            "low_water")) {
      query("delete from mq_" + table);
    }
    query("delete from test_now");
    query("insert into test_now values (?)", START.atOffset(ZoneOffset.UTC));
    model = new QueueModel(START);
    runs.clear();
    for (int i = 0; i < runners.length; i++) {
      register(i);
    }
    end(true);
  }

  private void register(int runner) throws SQLException {
    runners[runner] = UUID.randomUUID();
    query("select mq_register_runner_v1(?, 2000000000, 1, 'h', 'v', null)", runners[runner]);
  }

  /** Ends the transaction. */
  public void end(boolean commits) throws SQLException {
    if (commits) {
      connection.commit();
      committed = model.copy();
      committedRuns = List.copyOf(runs);
      System.arraycopy(runners, 0, committedRunners, 0, runners.length);
    } else {
      connection.rollback();
      model = committed.copy();
      runs.clear();
      runs.addAll(committedRuns); // nobody has heard of the others
      System.arraycopy(committedRunners, 0, runners, 0, runners.length);
    }
  }

  /** What the model says of all jobs. */
  public Map<UUID, String> expected() {
    Map<UUID, String> looks = new TreeMap<>();
    model.jobs().forEach(job -> looks.put(job.id(), job.look()));
    return looks;
  }

  /** What the database says of them. */
  public Map<UUID, String> looks() throws SQLException {
    Map<UUID, String> looks = new TreeMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select wanted.id, found.state, found.attempt, found.next_attempt_at
            from unnest(?) as wanted (id)
            left join lateral mq_find_v1(wanted.id) as found on true
            """)) {
      statement.setArray(1, uuids(model.jobs().stream().map(Job::id).toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          looks.put(rows.getObject(1, UUID.class), look(rows));
        }
      }
    }
    return looks;
  }

  private static String look(ResultSet rows) throws SQLException {
    String state = rows.getString(2);
    if (state == null) {
      return "gone";
    }
    OffsetDateTime until = rows.getObject(4, OffsetDateTime.class);
    return state.replaceAll("ready|parked", "waiting")
        + " "
        + rows.getInt(3)
        + (until == null ? "" : " " + until.toInstant());
  }

  /** Runs all that can run, whatever time it would take, in transactions that commit. */
  public void drain() throws SQLException {
    end(true);
    manageNow("a", OnChannel.RESUME);
    manageNow("b", OnChannel.RESUME);
    boolean goesOn = true;
    while (goesOn) {
      advance(Duration.ofHours(1)).play(this);
      claimNow(0, EVERYTHING, Optional.empty());
      List<Job> running =
          model.jobs().stream().filter(job -> job.state() == State.CLAIMED).toList();
      for (Job job : running) {
        settleNow(new RunKey(job.id(), job.run().orElseThrow().token()), Settlement.COMPLETE);
      }
      end(true);
      goesOn = !running.isEmpty();
    }
  }

  // Steps.

  public static Step endTransaction(boolean commits) {
    return new Named(commits ? "commit" : "rollback", queue -> queue.end(commits));
  }

  public static Step advance(Duration by) {
    return new Named(
        "advance " + by,
        queue -> {
          queue.query("update test_now set at = at + ?::interval", by.toString());
          queue.model.advance(by);
        });
  }

  public static Step send(Wish wish) {
    return new Named("send " + wish, queue -> queue.sendNow(wish));
  }

  private void sendNow(Wish wish) throws SQLException {
    Optional<UUID> existing = model.existing(wish);
    List<String> sent =
        query(
            """
            select mq_send(
              'job', p_id => ?, p_channel_name => ?, p_ordered => ?, p_blocks => ?,
              p_unique_key => ?, p_retries => ?, p_delay => ?::interval, p_reserve => ?::interval)
            """,
            wish.id().orElse(null),
            wish.channel(),
            wish.isOrdered(),
            wish.blocks(),
            wish.key().orElse(null),
            wish.retries(),
            wish.delay().isZero() ? null : wish.delay().toString(),
            wish.reserve().isZero() ? null : wish.reserve().toString());
    UUID id = UUID.fromString(sent.get(0));
    assertThat(id).isEqualTo(existing.or(wish::id).orElse(id));
    if (existing.isEmpty()) {
      model.send(id, wish);
    }
  }

  public static Step claim(int runner, int want, Optional<String> channel) {
    return new Named(
        "claim %d for runner %d of %s".formatted(want, runner, channel.orElse("all channels")),
        queue -> queue.claimNow(runner, want, channel));
  }

  private void claimNow(int runner, int want, Optional<String> channel) throws SQLException {
    List<RunKey> claimed = new ArrayList<>(poll(runner, want, channel));
    boolean hasEnded = model.promote();
    if (hasEnded && want == EVERYTHING) {
      claimed.addAll(poll(runner, want, channel)); // what waited for a reservation comes next time
    }
    var runnable = model.runnable(name -> channel.map(name::equals).orElse(true));
    var ids = claimed.stream().map(RunKey::id).toList();
    assertThat(ids).as("claimed").doesNotHaveDuplicates().isSubsetOf(runnable);
    assertThat(ids.size()).as("claimed").isLessThanOrEqualTo(want);
    if (want == EVERYTHING) {
      assertThat(ids).as("claimed").containsExactlyInAnyOrderElementsOf(runnable);
    }
    claimed.forEach(run -> model.claim(run.id(), runner, run.token()));
    runs.addAll(claimed);
  }

  private List<RunKey> poll(int runner, int want, Optional<String> channel) throws SQLException {
    List<RunKey> claimed = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select id, token from mq_claim_v1(?, ?, '', ?, 0) where id is not null")) {
      statement.setObject(1, runners[runner]);
      statement.setArray(2, channel.isEmpty() ? null : texts(channel.get()));
      statement.setInt(3, want);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          claimed.add(new RunKey(rows.getObject(1, UUID.class), rows.getInt(2)));
        }
      }
    }
    return claimed;
  }

  public static Step settle(int run, Settlement how) {
    return new Named(
        "%s run %d from the last".formatted(how, run),
        queue -> {
          if (!queue.runs.isEmpty()) {
            queue.settleNow(queue.runs.get(queue.runs.size() - 1 - run % queue.runs.size()), how);
          }
        });
  }

  private void settleNow(RunKey run, Settlement how) throws SQLException {
    boolean isCurrent = model.isCurrent(run.id(), run.token());
    UUID id = run.id();
    switch (how) {
      case COMPLETE ->
          assertThat(settle("select mq_complete_v1(?, ?, null)", run).isEmpty())
              .isEqualTo(isCurrent);
      case COMPLETE_OR_RAISE ->
          assertRaisesUnless(
              isCurrent, "select mq_complete_or_raise_v1(?, ?)", run.id(), run.token());
      case CHECKPOINT ->
          assertRaisesUnless(
              isCurrent,
              "select mq_checkpoint_v1(?, ?, true, '1', false, null, 1)",
              run.id(),
              run.token());
      case FAIL ->
          assertSettles(
              isCurrent, run, "select id from mq_fail_v1(?, ?, array['failed'], null, null)");
      case GIVE_UP ->
          assertSettles(
              isCurrent,
              run,
              "select id from mq_fail_v1(?, ?, array['gives up'], array[true], null)");
      case SNOOZE ->
          assertSettles(isCurrent, run, "select mq_snooze_v1(?, ?, array[60000]::bigint[], null)");
      case HAND_BACK -> assertSettles(isCurrent, run, "select mq_hand_back_v1(?, ?, false, null)");
      case HAND_BACK_UNKNOWN ->
          assertSettles(isCurrent, run, "select mq_hand_back_v1(?, ?, true, null)");
    }
    if (isCurrent) {
      switch (how) {
        case COMPLETE, COMPLETE_OR_RAISE -> model.end(id);
        case CHECKPOINT -> model.addRetries(id, 1);
        case FAIL -> model.fail(id, false);
        case GIVE_UP -> model.fail(id, true);
        case SNOOZE -> model.snooze(id, MINUTE);
        case HAND_BACK -> model.handBack(id);
        case HAND_BACK_UNKNOWN -> model.handBackUnknown(id);
      }
    }
  }

  private void assertSettles(boolean isCurrent, RunKey run, String sql) throws SQLException {
    assertThat(settle(sql, run)).isEqualTo(isCurrent ? List.of(run.id().toString()) : List.of());
  }

  private List<String> settle(String sql, RunKey run) throws SQLException {
    return query(
        sql, uuids(run.id()), connection.createArrayOf("int4", new Object[] {run.token()}));
  }

  private void assertRaisesUnless(boolean isCurrent, String sql, Object... parameters)
      throws SQLException {
    var before = connection.setSavepoint();
    boolean raised = false;
    try {
      query(sql, parameters);
    } catch (SQLException e) {
      assertThat(e.getSQLState()).isEqualTo("MQ001");
      connection.rollback(before);
      raised = true;
    }
    assertThat(raised).as("lease lost").isEqualTo(!isCurrent);
  }

  public static Step lose(int runner) {
    return new Named("lose runner " + runner, queue -> queue.loseNow(runner));
  }

  /** A runner is lost, rescued, and another one comes in its place. */
  private void loseNow(int runner) throws SQLException {
    query("select mq_retire_runner_v1(?)", runners[runner]);
    List<String> rescued = query("select id || ' ' || dead from mq_rescue_v1(1000)");
    List<String> expected = new ArrayList<>();
    for (UUID id : model.runsOf(runner)) {
      expected.add(id + " " + model.fail(id, false));
    }
    assertThat(rescued).containsExactlyInAnyOrderElementsOf(expected);
    register(runner);
  }

  public static Step manage(int job, OnJob what) {
    return new Named(
        what + " job " + job,
        queue -> {
          List<Job> jobs = queue.model.jobs();
          if (!jobs.isEmpty()) {
            queue.manageNow(jobs.get(job % jobs.size()), what);
          }
        });
  }

  private void manageNow(Job job, OnJob what) throws SQLException {
    UUID id = job.id();
    switch (what) {
      case CANCEL -> {
        assertThat(query("select was_running::text from mq_cancel_v1(?)", uuids(id)))
            .isEqualTo(
                job.isLive() ? List.of(String.valueOf(job.state() == State.CLAIMED)) : List.of());
        if (job.isLive()) {
          model.end(id);
        }
      }
      case COMMIT ->
          assertThat(query("select mq_commit_v1(?)", uuids(id)))
              .isEqualTo(model.commit(id) ? List.of(id.toString()) : List.of());
      case EXTEND ->
          assertThat(query("select mq_extend_v1(?, 60000)::text", id))
              .containsExactly(String.valueOf(model.extend(id, MINUTE)));
      case REDRIVE ->
          assertThat(query("select mq_redrive_v1(?)", uuids(id)))
              .isEqualTo(model.redrive(id) ? List.of(id.toString()) : List.of());
      case DISCARD -> {
        boolean isDead = job.state() == State.DEAD;
        assertThat(query("select mq_discard_v1(?)", uuids(id)))
            .isEqualTo(isDead ? List.of(id.toString()) : List.of());
        if (isDead) {
          model.end(id);
        }
      }
    }
  }

  public static Step manage(String channel, OnChannel what) {
    return new Named(what + " channel " + channel, queue -> queue.manageNow(channel, what));
  }

  private void manageNow(String channel, OnChannel what) throws SQLException {
    var names = texts(channel);
    switch (what) {
      case PAUSE -> {
        query("select mq_pause_v1(?)", names);
        model.pause(channel, true);
      }
      case RESUME -> {
        query("select mq_resume_v1(?)", names);
        model.pause(channel, false);
      }
      case CLEAR -> {
        List<UUID> live = model.liveOf(channel);
        assertThat(query("select mq_clear_v1(?)", names))
            .containsExactly(String.valueOf(live.size()));
        live.forEach(model::end);
      }
      case UNBLOCK ->
          assertThat(query("select mq_unblock_v1(?, '')::text", channel))
              .containsExactly(String.valueOf(model.unblock(channel)));
    }
  }

  // Calls.

  private Array uuids(Object... ids) throws SQLException {
    return connection.createArrayOf("uuid", ids);
  }

  private Array texts(String text) throws SQLException {
    return connection.createArrayOf("text", new Object[] {text});
  }

  private List<String> query(String sql, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<String> values = new ArrayList<>();
      if (statement.execute()) {
        try (ResultSet rows = statement.getResultSet()) {
          while (rows.next()) {
            values.add(rows.getString(1));
          }
        }
      }
      return values;
    }
  }
}
