package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.FunctionText;
import io.jdbcmq.testing.Pause;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What others do between two statements of a function, which see different snapshots. Where a rule
 * of the protocol is all that helps, a test takes it out and sees the race go wrong.
 *
 * <p>Jobs are known by the last digit of their id.
 */
class WithinRacesIT {
  private static final String ID = "00000000-0000-0000-0000-00000000000";

  @RegisterExtension final TestSchema db = new TestSchema();

  private Stepper stepper;
  private Connection other;

  @BeforeEach
  void prepare() throws SQLException {
    stepper = new Stepper(db);
    other = db.session();
    query(other, "select mq_register_runner_v1('%s0', 86400000, 1, 'h', 'v', null)".formatted(ID));
  }

  // A job moves while it is cancelled, and its id is sent again.

  @Test
  void aJobThatIsPutOffWhileItIsCancelledStartsOnceWhenItIsSentAgain() throws Exception {
    assertThat(cancelWhileAClaimPutsTheJobOff()).isEqualTo("1 waiting, started: 1");
  }

  @Test
  void itStartsTwiceIfTheCancelLooksOnce() throws Exception {
    new FunctionText(db, "mq_remove").replace("1..10", "1..1");

    assertThat(cancelWhileAClaimPutsTheJobOff()).isEqualTo("1 waiting, started: 1 1");
    wipe();
  }

  private String cancelWhileAClaimPutsTheJobOff() throws Exception {
    send(other, "1");
    var pause = new Pause(db, stepper, "mq_remove", "running := running || mq_without(");
    var canceller = pause.session(stepper);
    var cancel = canceller.begin(c -> cancel(c, "1"));
    assertThat(claim(other)).isEmpty();

    pause.open();
    String cancelled = cancel.result();
    canceller.commit();
    send(other, "1");
    String started = claim(other) + " " + claimLater(other);
    return cancelled + ", started: " + started.strip();
  }

  @Test
  void aJobThatIsPromotedWhileItIsCancelledIsFoundAfterwards() throws Exception {
    send(other, "1");
    query(
        other,
        "with ready as (delete from mq_ready returning job_id) "
            + "insert into mq_delayed select job_id, mq_now() from ready returning job_id::text");
    var pause = new Pause(db, stepper, "mq_promote", "perform mq_put_ready(");
    var claimer = pause.session(stepper);
    var claim = claimer.begin(WithinRacesIT::claim);
    var canceller = stepper.session();
    var cancel = canceller.begin(c -> cancel(c, "1"));

    pause.open();
    assertThat(claim.result()).isEmpty();
    claimer.commit();
    assertThat(cancel.result()).isEqualTo("1 waiting");
    canceller.commit();
    send(other, "1");
    assertThat(claim(other) + claimLater(other)).isEqualTo("1");
  }

  // An ordered channel moves while a claim looks at it.

  @Test
  void aJobIsNotParkedBehindAHolderThatWasUnblocked() throws Exception {
    assertThat(unblockWhileAClaimLooks()).isEqualTo("2");
  }

  @Test
  void itIsParkedForEverIfTheHolderIsNotAskedAgain() throws Exception {
    new FunctionText(db, "mq_follow")
        .replace("and dead.holds\n    order by dead.id", "order by dead.id");

    assertThat(unblockWhileAClaimLooks()).isEmpty();
    wipe();
  }

  private String unblockWhileAClaimLooks() throws Exception {
    query(
        other,
        "select mq_send('job', p_id => '%s1', p_channel_name => 'orders', p_retries => 0, p_ordered => true, p_blocks => true)::text"
            .formatted(ID));
    assertThat(claim(other)).isEqualTo("1");
    query(
        other,
        "select dead::text from mq_fail_v1(array['%s1'::uuid], array(select token from mq_jobs), array['dead'], null, null)"
            .formatted(ID));
    send(other, "2");
    var pause = new Pause(db, stepper, "mq_follow", "v_locked := array(");
    var claimer = pause.session(stepper);
    var claim = claimer.begin(WithinRacesIT::claim);
    query(other, "select mq_unblock_v1('orders', '')::text");
    assertThat(claim(other)).isEmpty(); // and has looked after the wake of the unblocking

    pause.open();
    assertThat(claim.result()).isEmpty();
    claimer.commit();
    return claimLater(other);
  }

  @Test
  void aJobIsNotParkedBehindOneThatCameBackBehindIt() throws Exception {
    assertThat(sendTheJobBeforeAgainWhileAClaimLooks()).isEqualTo("2");
  }

  @Test
  void bothAreParkedForEverIfTheJobBeforeIsKnownByItsId() throws Exception {
    new FunctionText(db, "mq_follow")
        .replace("or job.seq = wanted.seq", "or wanted.seq is not null");

    assertThat(sendTheJobBeforeAgainWhileAClaimLooks()).isEmpty();
    wipe();
  }

  private String sendTheJobBeforeAgainWhileAClaimLooks() throws Exception {
    send(other, "1");
    query(
        other,
        "with ready as (delete from mq_ready returning job_id) "
            + "insert into mq_delayed select job_id, mq_now() + interval '1 hour' from ready returning job_id::text");
    send(other, "2");
    var pause = new Pause(db, stepper, "mq_follow", "v_locked := array(");
    var claimer = pause.session(stepper);
    var claim = claimer.begin(WithinRacesIT::claim);
    cancel(other, "1");
    send(other, "1");
    assertThat(claim(other)).isEmpty();

    pause.open();
    assertThat(claim.result()).isEmpty();
    claimer.commit();
    return claimLater(other);
  }

  @Test
  void aJobThatCameBackBehindIsNotUnparkedInThePlaceOfTheFirstOne() throws Exception {
    assertThat(sendTheNextJobAgainWhileTheHeadCompletes()).isEqualTo("3");
  }

  @Test
  void twoJobsOfTheChannelRunIfTheNextOneIsKnownByItsId() throws Exception {
    new FunctionText(db, "mq_unpark_jobs").replace("and job.seq = wanted.seq", "");

    assertThat(sendTheNextJobAgainWhileTheHeadCompletes().split(" "))
        .containsExactlyInAnyOrder("2", "3");
    wipe();
  }

  private String sendTheNextJobAgainWhileTheHeadCompletes() throws Exception {
    send(other, "1", "2", "3");
    assertThat(claim(other)).isEqualTo("1");
    var pause = new Pause(db, stepper, "mq_unpark", "perform mq_unpark_jobs(");
    var finisher = pause.session(stepper);
    var completion = finisher.begin(c -> complete(c, "1"));
    cancel(other, "2");
    send(other, "4", "2");

    pause.open();
    completion.result();
    finisher.commit();
    // One at a time: a claim that meets a follower looks at all that it has taken.
    return Stream.of(claim(other, 1), claim(other, 1), claim(other, 1))
        .filter(started -> !started.isEmpty())
        .collect(Collectors.joining(" "));
  }

  // A wake meets the end of the head.

  @Test
  void aWakeThatFindsTheHeadGoneStaysUntilTheNextClaim() throws Exception {
    send(other, "1", "2", "3");
    claim(other);
    cancel(other, "2");
    var pause =
        new Pause(db, stepper, "mq_wake", "select array_agg(head.id), array_agg(head.seq)\n  into");
    var claimer = pause.session(stepper);
    var claim = claimer.begin(WithinRacesIT::claim);
    complete(other, "1");

    pause.open();
    String started = claim.result();
    claimer.commit();
    assertThat(started + claimLater(other)).isEqualTo("3");
    assertThat(query(other, "select coalesce(mq_wake(100)::text, 'none')")).containsExactly("none");
  }

  @Test
  void theWakeOfACancelStaysWhileTheHeadIsBeingCompleted() throws Exception {
    send(other, "1", "2", "3");
    claim(other);
    var pause = new Pause(db, stepper, "mq_unpark", "perform mq_unpark_jobs(");
    var finisher = pause.session(stepper);
    var completion = finisher.begin(c -> complete(c, "1"));
    cancel(other, "2");
    assertThat(claim(other)).isEmpty();

    pause.open();
    completion.result();
    finisher.commit();
    assertThat(claim(other)).isEqualTo("3");
  }

  // The end of a reservation comes while it is committed or extended.

  @Test
  void aReservationThatIsBeingCommittedInTimeDoesNotEnd() throws Exception {
    var clock = new TestClock(db);
    reserve("1");
    var pause = new Pause(db, stepper, "mq_commit_v1", "with committed as (");
    var committer = pause.session(stepper);
    var commit =
        committer.begin(
            c -> query(c, "select mq_commit_v1(array['%s1'::uuid])::text".formatted(ID)));
    clock.advance(Duration.ofMinutes(2));
    assertThat(claim(other)).isEmpty(); // finds it due and locked

    pause.open();
    assertThat(commit.result()).containsExactly(ID + "1");
    committer.commit();
    assertThat(claim(other)).isEqualTo("1");
  }

  @Test
  void aReservationThatEndsAtThisMomentIsNotCommitted() throws Exception {
    var clock = new TestClock(db);
    reserve("1");
    clock.advance(Duration.ofMinutes(2));
    var pause = new Pause(db, stepper, "mq_promote", "v_ended := mq_end_reservations(");
    var claimer = pause.session(stepper);
    var claim = claimer.begin(WithinRacesIT::claim);

    assertThat(query(other, "select mq_commit_v1(array['%s1'::uuid])::text".formatted(ID)))
        .isEmpty();
    pause.open();
    assertThat(claim.result()).isEmpty();
    claimer.commit();
    assertThat(db.count("mq_jobs")).isZero();
    assertThat(db.count("mq_delayed")).isZero();
  }

  @Test
  void aReservationThatIsBeingExtendedInTimeEndsLater() throws Exception {
    var clock = new TestClock(db);
    reserve("1");
    var pause = new Pause(db, stepper, "mq_extend_v1", "update mq_jobs");
    var extender = pause.session(stepper);
    var extend =
        extender.begin(c -> query(c, "select mq_extend_v1('%s1', 600000)::text".formatted(ID)));
    clock.advance(Duration.ofMinutes(2));
    assertThat(claim(other)).isEmpty();

    pause.open();
    assertThat(extend.result()).containsExactly("true");
    extender.commit();
    assertThat(
            db.query(
                "select (mq_delayed.run_at = reserved_until)::text from mq_jobs join mq_delayed on job_id = id"))
        .containsExactly("true");
  }

  // What stood in the way of a send goes away.

  @Test
  void aSendIsTriedAgainWhenTheJobWithItsKeyHasCompleted() throws Exception {
    query(other, "select mq_send('job', p_id => '%s1', p_unique_key => 'k')::text".formatted(ID));
    assertThat(claim(other)).isEqualTo("1");
    var pause =
        new Pause(
            db,
            stepper,
            "mq_store_or_find",
            "select array_agg(job.position) filter (where job.existing_id is null)");
    var sender = pause.session(stepper);
    var send =
        sender.begin(
            c ->
                query(
                    c,
                    "select mq_send('job', p_id => '%s2', p_unique_key => 'k')::text"
                        .formatted(ID)));
    complete(other, "1");

    pause.open();
    assertThat(send.result()).containsExactly(ID + "2");
    sender.commit();
    assertThat(claim(other)).isEqualTo("2");
  }

  @Test
  void anIdWhoseJobDiesAtThisMomentIsADuplicate() throws Exception {
    send(other, "1");
    assertThat(claim(other)).isEqualTo("1");
    var pause =
        new Pause(
            db,
            stepper,
            "mq_store_or_find",
            "select array_agg(job.position) filter (where job.existing_id is null)");
    var sender = pause.session(stepper);
    var send = sender.begin(c -> send(c, "1"));
    query(
        other,
        "select dead::text from mq_fail_v1(array['%s1'::uuid], array(select token from mq_jobs), array['dead'], array[true], null)"
            .formatted(ID));

    pause.open();
    assertThat(send.result()).containsExactly(ID + "1");
    sender.commit();
    assertThat(db.count("mq_jobs")).isZero();
    assertThat(db.count("mq_dead")).isEqualTo(1);
  }

  // Steps.

  /** Sends ordered jobs in one list; returns those that exist. */
  private static List<String> send(Connection connection, String... digits) throws SQLException {
    return query(
        connection,
        """
        select existing_id::text from (
          select array_agg(id) as ids, array_agg('orders'::text) as channels,
                 array_agg(''::text) as args, array_agg('job'::text) as names,
                 array_agg(0::smallint) as zeros, array_agg(0) as backoffs, array_agg(true) as yes
          from unnest('{%s}'::uuid[]) as id
        ) as list
        cross join lateral mq_send_v1(
          ids, true, channels, args, names, zeros, zeros, backoffs, null, null, null, null, null,
          null, yes, null, null, null, null, null)
        """
            .formatted(Arrays.stream(digits).map(ID::concat).collect(Collectors.joining(","))));
  }

  private void reserve(String digit) throws SQLException {
    query(
        other,
        "select mq_send('job', p_id => '%s', p_reserve => '1 minute')::text".formatted(ID + digit));
  }

  /** Claims for the runner; returns what starts. */
  private static String claim(Connection connection) throws SQLException {
    return claim(connection, 10);
  }

  private static String claim(Connection connection, int want) throws SQLException {
    return query(
            connection,
            "select id::text from mq_claim_v1('%s0', null, '', %d, 0) where id is not null"
                .formatted(ID, want))
        .stream()
        .map(id -> id.substring(ID.length()))
        .collect(Collectors.joining(" "));
  }

  /** Claims once all that was put off is due. */
  private static String claimLater(Connection connection) throws SQLException {
    query(connection, "update mq_delayed set run_at = mq_now() where not reserved returning ''");
    return claim(connection);
  }

  private static String complete(Connection connection, String digit) throws SQLException {
    query(
        connection,
        "select mq_complete_or_raise_v1(id, token)::text from mq_jobs where id = '%s'"
            .formatted(ID + digit));
    return digit;
  }

  private static String cancel(Connection connection, String digit) throws SQLException {
    List<String> running =
        query(
            connection,
            "select was_running::text from mq_cancel_v1(array['%s'::uuid])".formatted(ID + digit));
    return digit + (running.equals(List.of("true")) ? " running" : " waiting");
  }

  /** Leaves nothing that the audit would find. */
  private void wipe() throws SQLException {
    db.execute("truncate mq_jobs, mq_ready, mq_delayed, mq_parked, mq_claims, mq_wakes");
    db.execute("truncate mq_dead, mq_errors");
  }

  private static List<String> query(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }
}
