package io.jdbcmq.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Conventions;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mutants of the functions of a real schema. */
class RoutinesIT {
  private static final String ROUTINES =
      """
      select format('%s %s %s %s %s', routine.oid::regprocedure, routine.provolatile, routine.proretset,
                    (select array_agg(setting.text order by setting.text) from unnest(routine.proconfig) as setting (text)),
                    routine.prosrc)
      from pg_proc as routine
      where routine.pronamespace = current_schema()::regnamespace
      order by routine.oid
      """;

  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void scriptsOfUnchangedFunctionsLeaveAllAsItWas() throws Exception {
    List<String> before = db.query(ROUTINES);
    Connection session = db.session();

    for (Routine routine : Routines.read(session)) {
      db.execute(routine.with(routine.body()));
    }

    assertThat(db.query(ROUTINES)).isEqualTo(before);
    assertThat(Conventions.findings(session)).isEmpty();
  }

  @Test
  void allFunctionsButFewHaveMutantsWithNamesOfTheirOwn() throws Exception {
    Connection session = db.session();
    session.setAutoCommit(false);

    List<Mutant> mutants = Routines.mutants(session);

    assertThat(mutants).extracting(Mutant::name).doesNotHaveDuplicates().hasSizeGreaterThan(1000);
    Set<String> without =
        db
            .query(
                "select proname from pg_proc where pronamespace = current_schema()::regnamespace")
            .stream()
            .filter(name -> mutants.stream().noneMatch(m -> m.routine().name().equals(name)))
            .collect(Collectors.toSet());
    assertThat(without)
        .containsExactlyInAnyOrder(
            "mq_finish_migration",
            "mq_now",
            "mq_percent",
            "mq_running",
            "mq_stats_v1",
            "mq_uuid_v7",
            "mq_vacuum_v1");
  }

  @Test
  void aMutantIsInThePlaceOfTheFunctionUntilItsTestsAreOver() throws Exception {
    Mutant mutant =
        Routines.read(db.session()).stream()
            .flatMap(routine -> routine.mutants().stream())
            .filter(each -> each.name().equals("mq_lost_v1.negate.1"))
            .findFirst()
            .orElseThrow();

    TestSchema.accompany(Companions.mutating(mutant));
    try {
      assertThat(textOfLost()).doesNotContain("not exists").contains("where  exists");
    } finally {
      TestSchema.accompany(TestSchema.Companion.NONE);
    }
    assertThat(textOfLost()).contains("where not exists");
  }

  private static String textOfLost() throws Exception {
    TestSchema schema = TestSchema.open();
    try {
      return schema.query("select prosrc from pg_proc where oid = 'mq_lost_v1'::regproc").get(0);
    } finally {
      schema.close();
    }
  }
}
