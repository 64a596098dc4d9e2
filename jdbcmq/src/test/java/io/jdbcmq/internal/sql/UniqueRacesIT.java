package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Senders of the same unique key meet each other, and the ends of the job that has it. */
class UniqueRacesIT {
  private static final String FIRST = "00000000-0000-0000-0000-000000000001";
  private static final String SECOND = "00000000-0000-0000-0000-000000000002";

  @RegisterExtension final TestSchema db = new TestSchema();

  @ParameterizedTest
  @EnumSource
  void ofTwoSendersOneHasTheKey(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> "")
            .actor("one", (c, given) -> send(c, "1"))
            .actor("other", (c, given) -> send(c, "2"));

    assertThat(merges.outcomes((c, given) -> live(c)))
        .containsExactlyInAnyOrder("one: 1, other: 1 -> 1", "one: 2, other: 2 -> 2");
  }

  @ParameterizedTest
  @EnumSource
  void aSendThatIsUndoneLeavesTheKeyToTheOther(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> "")
            .undone("one", (c, given) -> send(c, "1"))
            .actor("other", (c, given) -> send(c, "2"));

    assertThat(merges.outcomes((c, given) -> live(c))).containsOnly("one: undone, other: 2 -> 2");
  }

  /** Neither both are stored, nor both refused because of a job that is gone. */
  @ParameterizedTest
  @EnumSource
  void theKeyBecomesFreeWhileTwoSendersWantIt(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, UniqueRacesIT::running)
            .actor("complete", (c, given) -> complete(c))
            .actor("one", (c, given) -> send(c, "2"))
            .actor("other", (c, given) -> send(c, "3"));

    assertThat(merges.outcomes((c, given) -> live(c)))
        .isSubsetOf(
            "complete: 1, one: 1, other: 1 -> ",
            "complete: 1, one: 2, other: 2 -> 2",
            "complete: 1, one: 3, other: 3 -> 3",
            "complete: 1, one: 1, other: 3 -> 3",
            "complete: 1, one: 2, other: 1 -> 2");
  }

  @ParameterizedTest
  @EnumSource
  void listsInOppositeOrdersDoNotDeadlock(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> "")
            .actor("up", (c, given) -> sendBoth(c, "x", "y"))
            .actor("down", (c, given) -> sendBoth(c, "y", "x"));

    assertThat(
            merges.outcomes(
                (c, given) -> TestSchema.query(c, "select count(*) from mq_jobs").get(0)))
        .containsExactlyInAnyOrder("up: , down: 1,2 -> 2", "up: 1,2, down:  -> 2");
  }

  /** Whatever the order of the ids. */
  @Test
  void ofAListTheFirstJobHasTheKey() throws Exception {
    try (Connection connection = db.session()) {
      for (String ids :
          List.of(
              "'%1$s', '%2$s'".formatted(FIRST, SECOND),
              "'%2$s', '%1$s'".formatted(FIRST, SECOND))) {
        TestSchema.query(
            connection,
            """
            select pos from mq_send_v1(
              array[%s]::uuid[], true, array['c', 'c'], array['', ''], array['sync', 'sync'],
              array[0, 0]::smallint[], array[0, 0]::smallint[], array[0, 0], null, null, null, null,
              null, null, null, null, array['k', 'k'], null, null, null)
            """
                .formatted(ids));
        assertThat("'" + TestSchema.query(connection, "select id from mq_jobs").get(0) + "'")
            .isEqualTo(ids.split(",", -1)[0]);
        TestSchema.query(connection, "select mq_clear_v1(null)");
      }
    }
  }

  /** Nobody has polled since, so the row is still there. */
  @ParameterizedTest
  @EnumSource
  void aReservationWhoseTimeIsOverStandsInNobodysWay(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, UniqueRacesIT::overdue)
            .actor("one", (c, given) -> send(c, "2"))
            .actor("other", (c, given) -> send(c, "3"))
            .actor("claim", (c, given) -> TestSchema.query(c, "select mq_promote(10)").size());

    assertThat(merges.outcomes((c, given) -> live(c)))
        .containsExactlyInAnyOrder(
            "one: 2, other: 2, claim: 1 -> 2", "one: 3, other: 3, claim: 1 -> 3");
  }

  /** Also not while a promotion has locked it, and not deleted it yet. */
  @ParameterizedTest
  @EnumSource
  void aReservationThatIsBeingEndedStandsInNobodysWay(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, UniqueRacesIT::overdue)
            .actor(
                "claim",
                (c, given) -> TestSchema.query(c, "select id from mq_jobs for update").size(),
                (c, given) -> TestSchema.query(c, "select mq_promote(10)").size())
            .actor("send", (c, given) -> send(c, "2"));

    assertThat(merges.outcomes((c, given) -> live(c)))
        .isNotEmpty()
        .allMatch(outcome -> outcome.endsWith("send: 2 -> 2"));
  }

  /** If it is extended after all, which only its end tells, it was there first. */
  @ParameterizedTest
  @EnumSource
  void aReservationThatIsBeingExtendedIsFound(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, UniqueRacesIT::overdue)
            .actor(
                "extend",
                (c, given) ->
                    TestSchema.query(
                            c, "select id from mq_jobs where id::text like '%1' for update")
                        .size(),
                (c, given) ->
                    TestSchema.query(
                            c,
                            "update mq_jobs set reserved_until = mq_now() + interval '1 hour'"
                                + " where id::text like '%1' returning id")
                        .size())
            .actor("send", (c, given) -> send(c, "2"));

    assertThat(merges.outcomes((c, given) -> live(c)))
        .containsExactlyInAnyOrder("extend: 1 1, send: 1 -> 1", "extend: 0 0, send: 2 -> 2");
  }

  @ParameterizedTest
  @EnumSource
  void aDeadJobIsRedrivenWhileItsKeyIsSent(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(
                db,
                isolation,
                c -> {
                  running(c);
                  return TestSchema.query(
                      c,
                      "select dead::text from mq_fail_v1(array['%s'::uuid], array(select token from mq_jobs), array['e'], array[true], null)"
                          .formatted(FIRST));
                })
            .actor("redrive", (c, given) -> redrive(c))
            .actor("send", (c, given) -> send(c, "2"));

    assertThat(merges.outcomes((c, given) -> live(c)))
        .containsExactlyInAnyOrder("redrive: 1, send: 1 -> 1", "redrive: , send: 2 -> 2");
  }

  /** Sends a job whose id ends in this digit; returns that of the job that has the key. */
  private static String send(Connection connection, String digit) throws SQLException {
    return last(
        TestSchema.query(
            connection,
            "select mq_send('sync', p_id => '%s', p_unique_key => 'k')::text"
                .formatted(FIRST.replaceAll(".$", digit))));
  }

  /** The first job has the key and is running. */
  private static String running(Connection connection) throws SQLException {
    send(connection, "1");
    TestSchema.query(
        connection,
        "select mq_register_runner_v1('%s', 60000, 1, 'h', 'v', null)".formatted(FIRST));
    TestSchema.query(
        connection, "select id from mq_claim_v1('%s', null, '', 1, 0)".formatted(FIRST));
    return "";
  }

  private static String overdue(Connection connection) throws SQLException {
    TestSchema.query(
        connection,
        "select mq_send('sync', p_id => '%s', p_unique_key => 'k', p_reserve => '1 hour')"
            .formatted(FIRST));
    TestSchema.query(connection, "update mq_jobs set reserved_until = mq_now() returning id");
    TestSchema.query(connection, "update mq_delayed set run_at = mq_now() returning job_id");
    return "";
  }

  private static String sendBoth(Connection connection, String one, String other)
      throws SQLException {
    return String.join(
        ",",
        TestSchema.query(
            connection,
            """
            select pos::text from mq_send_v1(
              array[gen_random_uuid(), gen_random_uuid()], false, array['c', 'c'], array['', ''],
              array['sync', 'sync'], array[0, 0]::smallint[], array[0, 0]::smallint[], array[0, 0],
              null, null, null, null, null, null, null, null, array['%s', '%s'], null, null, null)
            order by 1
            """
                .formatted(one, other)));
  }

  private static String complete(Connection connection) throws SQLException {
    TestSchema.query(
        connection,
        "select mq_complete_or_raise_v1(id, token)::text from mq_jobs where id = '%s'"
            .formatted(FIRST));
    return "1";
  }

  private static String redrive(Connection connection) throws SQLException {
    return last(
        TestSchema.query(
            connection,
            "select redriven::text from mq_redrive_v1(array['%s'::uuid]) as redriven"
                .formatted(FIRST)));
  }

  private static String live(Connection connection) throws SQLException {
    return last(TestSchema.query(connection, "select id::text from mq_jobs"));
  }

  private static String last(List<String> ids) {
    return ids.isEmpty() ? "" : ids.get(0).substring(35);
  }
}
