package io.jdbcmq.mutation;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.testing.TestSchema;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** What is done with the schemas of tests while mutants are tested. */
final class Companions {
  private Companions() {}

  /** Puts the mutant in the place of the function. */
  static TestSchema.Companion mutating(Mutant mutant) {
    return new TestSchema.Companion() {
      @Override
      public void migrated(TestSchema schema) {
        execute(schema, mutant.sql());
      }
    };
  }

  /** Collects which functions are called. */
  static final class Tracking implements TestSchema.Companion {
    // A session reports its calls at its end, or when the server finds the time.
    private static final String AWAIT_REPORTS =
        """
        do $$
        begin
          for i in 1..200 loop
            perform pg_stat_clear_snapshot();
            exit when not exists (
              select from pg_stat_activity as session
              where session.backend_type = 'client backend' and session.pid <> pg_backend_pid());
            perform pg_sleep(0.01);
          end loop;
        end
        $$
        """;

    private final Set<String> functions = Collections.synchronizedSet(new TreeSet<>());

    @Override
    public void ending(TestSchema schema) {
      ((HikariDataSource) schema.pool()).close();
      execute(schema, AWAIT_REPORTS);
      try {
        functions.addAll(
            schema.query(
                "select funcname from pg_stat_user_functions where schemaname = current_schema()"));
      } catch (SQLException e) {
        throw new IllegalStateException("the calls of a test could not be read", e);
      }
    }

    /** Those that were called since this was asked last. */
    Set<String> take() {
      synchronized (functions) {
        Set<String> taken = new TreeSet<>(functions);
        functions.clear();
        return taken;
      }
    }
  }

  private static void execute(TestSchema schema, String sql) {
    try {
      schema.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the schema of a test could not be prepared", e);
    }
  }
}
