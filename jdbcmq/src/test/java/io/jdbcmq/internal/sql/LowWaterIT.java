package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scans that start at the low water lose no job, and keep the order. */
class LowWaterIT {
  private static final JobRequest JOB = JobRequest.of("job").channel("g", "c");
  private static final Duration NOTES_APART = Duration.ofMillis(101);

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private TestClock clock;
  private Connection session;
  private UUID runner;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    clock = new TestClock(db);
    session = db.session();
    runner = calls.runner(session);
  }

  /** Dead rows that a snapshot holds make scans slow, until there is a note of where to start. */
  @Test
  void slowScansAreNoted() throws Exception {
    var report = new Stepper(db, Isolation.REPEATABLE_READ).session();
    report.run(c -> c.createStatement().execute("select from mq_jobs limit 1"));
    db.execute(
        """
        insert into mq_ready (
          seq, round, job_id, token, priority, tail, follows, channel_name, channel_args)
        select nextval('mq_seq'), n, gen_random_uuid(), 1, 0, false, false, 'g', 'c'
        from generate_series(1, 100000) as n
        """);
    db.execute("delete from mq_ready");

    UUID first = calls.send(session, JOB);
    UUID second = calls.send(session, JOB);
    assertThat(claim(1)).containsExactly(first);
    clock.advance(NOTES_APART);
    assertThat(claim(1)).containsExactly(second);

    List<String> notes =
        db.query("select round from mq_low_water where channel_name = 'g' order by id desc");
    assertThat(notes).hasSize(1);
    assertThat(Long.parseLong(notes.get(0))).isGreaterThan(100_000);
    assertThat(claim(1)).isEmpty();
  }

  /** Its sender was at work when the position was noted that is now above it. */
  @Test
  void aJobThatWasCommittedLateIsFoundByTheNextSweep() throws Exception {
    var stepper = new Stepper(db);
    var sender = stepper.session();
    UUID late = sender.run(c -> calls.send(c, JOB));
    calls.send(session, JOB.channel("g", "other"));
    assertThat(claim(1)).hasSize(1);
    note("'g'", "null, null");
    clock.advance(NOTES_APART);
    note("'g'", "null, null");
    sender.commit();

    sweptJustNow();
    assertThat(claim(1)).isEmpty();
    sweepIsDue();
    assertThat(claim(1)).containsExactly(late);
  }

  @Test
  void aDelayedJobThatWasCommittedLateIsFoundByTheNextSweep() throws Exception {
    var stepper = new Stepper(db);
    var sender = stepper.session();
    UUID late = sender.run(c -> calls.send(c, JOB.delay(Duration.ofMillis(1))));
    clock.advance(Duration.ofSeconds(1));
    String now = "(extract(epoch from mq_now()) * 1000000)::bigint, 0";
    note("''", now);
    clock.advance(NOTES_APART);
    note("''", now);
    sender.commit();

    sweptJustNow();
    assertThat(claim(1)).isEmpty();
    sweepIsDue();
    assertThat(claim(1)).containsExactly(late);
  }

  /** However often positions are noted, what is sent afterwards is above them. */
  @Test
  void whatIsSentAfterANoteIsFoundAtOnce() throws Exception {
    Random random = new Random(4711);
    int sent = 0;
    int claimed = 0;
    for (int i = 0; i < 300; i++) {
      int jobs = random.nextInt(4);
      for (int n = 0; n < jobs; n++) {
        calls.send(
            session,
            JOB.channel("g" + random.nextInt(2), "c" + random.nextInt(5))
                .priority(random.nextInt(3)));
      }
      sent += jobs;
      noteHeads();
      clock.advance(NOTES_APART);
      noteHeads();
      calls.heartbeat(session, runner);
      int want = 1 + random.nextInt(5);
      int got = claim(want).size();
      assertThat(got).as("claimed in round " + i).isEqualTo(Math.min(want, sent - claimed));
      claimed += got;
    }
    assertThat(claim(250)).hasSize(sent - claimed);
  }

  @Test
  void prioritiesKeepTheirOrderWhateverIsNoted() throws Exception {
    List<UUID> jobs = new ArrayList<>();
    for (int priority : List.of(-5, 0, 0, 7, 9)) {
      jobs.add(calls.send(session, JOB.priority(priority)));
    }
    noteHeads();
    clock.advance(NOTES_APART);
    noteHeads();
    db.execute("delete from mq_low_water where priority = 7");

    assertThat(claim(2)).containsExactlyElementsOf(jobs.subList(0, 2));
    UUID urgent = calls.send(session, JOB.priority(-9));
    assertThat(claim(5)).containsExactly(urgent, jobs.get(2), jobs.get(3), jobs.get(4));
  }

  @Test
  void aQuickSweepEndsTheNotesAndASlowOneIsNoted() throws Exception {
    note("'g'", "7, 8");
    db.execute("select mq_note_sweep('g', 0::smallint, '3 milliseconds')");
    assertThat(
            db.query("select next_round || ', ' || next_seq || ', ' || sweep_us from mq_low_water"))
        .containsExactly("7, 8, 3000");
    db.execute("select mq_note_sweep('g', 0::smallint, '100 microseconds')");
    assertThat(db.count("mq_low_water")).isZero();
  }

  /** Two sessions that note at once, and one that is rolled back. */
  @Test
  void notesOfTwoSessionsDoNotStandInEachOthersWay() throws Exception {
    calls.send(session, JOB);
    var stepper = new Stepper(db);
    var one = stepper.session();
    var other = stepper.session();
    String note = "select mq_note_low_water('g', 0::smallint, 1, 1)";
    one.run(c -> c.createStatement().execute(note));
    other.run(c -> c.createStatement().execute(note));
    one.rollback();
    other.commit();
    clock.advance(NOTES_APART);
    one.run(c -> c.createStatement().execute(note));
    other.run(c -> c.createStatement().execute(note));
    other.commit();
    one.commit();

    assertThat(db.count("mq_low_water")).isEqualTo(1);
    assertThat(claim(1)).hasSize(1);
  }

  /** By one that took a second: the next one is due in 50. */
  private void sweptJustNow() throws SQLException {
    db.execute("update mq_low_water set swept_at = mq_now(), sweep_us = 1000000");
  }

  private void sweepIsDue() throws SQLException {
    clock.advance(Duration.ofSeconds(51));
    runner = calls.runner(session); // the lease of the other one has run out
  }

  private List<UUID> claim(int want) throws SQLException {
    return calls.claim(session, runner, want).stream().map(RunKey::id).toList();
  }

  private void note(String group, String position) throws SQLException {
    db.execute("select mq_note_low_water(%s, 0::smallint, %s)".formatted(group, position));
  }

  /** Notes the first position of each level that there ever was. */
  private void noteHeads() throws SQLException {
    db.execute(
        """
        select mq_note_low_water(level.channel_name, level.priority, head.round, head.seq)
        from (select distinct channel_name, priority from mq_jobs) as level
        left join lateral (
          select round, seq from mq_ready as ready
          where ready.channel_name = level.channel_name and ready.priority = level.priority
          order by round, seq limit 1
        ) as head on true
        """);
  }
}
