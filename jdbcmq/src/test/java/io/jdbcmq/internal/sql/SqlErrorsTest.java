package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.StorageException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.sql.SQLWarning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/** What is done about an error depends on its SQLSTATE alone. */
class SqlErrorsTest {
  private static final String SECRET = "4111 1111 1111 1111";

  @ParameterizedTest
  @CsvSource({
    // connection, serialization, deadlock, resources, disk, shutdown, files, read-only, cancelled,
    // lock
    "08006, true",
    "40001, true",
    "40P01, true",
    "53300, true",
    "53100, true",
    "57P01, true",
    "58030, true",
    "25006, true",
    "57014, true",
    "55P03, true",
    // division by zero, duplicate, syntax, no right, refused by the queue, other states of those
    // classes
    "22012, false",
    "23505, false",
    "42601, false",
    "42501, false",
    "MQ001, false",
    "25001, false",
    "57000, false",
    "55000, false"
  })
  void someErrorsMayPassByThemselves(String state, boolean expected) {
    assertThat(SqlErrors.isTransient(error(state))).isEqualTo(expected);
  }

  @Test
  void poolsSayByClassOrByNoStateThatTryingAgainMayHelp() {
    assertThat(SqlErrors.isTransient(new SQLTransientException("no connection", "99999"))).isTrue();
    assertThat(SqlErrors.isTransient(new SQLRecoverableException("closed", "99999"))).isTrue();
    assertThat(SqlErrors.isTransient(new SQLException("no connection"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"40001, true", "40P01, true", "40002, false", "55P03, false", "08006, false"})
  void onlyLostRacesAreRepeatedAtOnce(String state, boolean expected) {
    assertThat(SqlErrors.isLostRace(error(state))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"08006, true", "57P01, true", "57014, false", "40001, false", "22012, false"})
  void whereTheConnectionIsGoneTheOutcomeIsUnknown(String state, boolean expected) {
    assertThat(SqlErrors.isBroken(error(state))).isEqualTo(expected);
    assertThat(SqlErrors.isBroken(new SQLException("no state"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"22012, true", "23514, true", "21000, false", "42601, false", "08006, false"})
  void valuesAreToBlameInTwoClasses(String state, boolean expected) {
    assertThat(SqlErrors.isAboutData(error(state))).isEqualTo(expected);
    assertThat(SqlErrors.isAboutData(new SQLException("no state"))).isFalse();
  }

  @Test
  void aLostLeaseAndACancelledStatementAreToldFromTheRest() {
    assertThat(SqlErrors.isLeaseLost(error("MQ001"))).isTrue();
    assertThat(SqlErrors.isLeaseLost(error("40001"))).isFalse();
    assertThat(SqlErrors.isCanceled(error("57014"))).isTrue();
    assertThat(SqlErrors.isCanceled(error("57P01"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"42883", "42P01", "3F000"})
  void whatIsMissingHintsAtTheMigration(String state) {
    assertThat(SqlErrors.storage("sending", error(state)))
        .isInstanceOf(SchemaException.class)
        .hasMessage("sending failed: boom. Is the schema there? Call queue.migrate()");
  }

  @ParameterizedTest
  @ValueSource(strings = {"26000", "42P05"})
  void preparedStatementsOfOthersHintAtThePooler(String state) {
    assertThat(SqlErrors.storage("sending", error(state)))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            "sending failed: boom. Is there a pooler in transaction mode? Set prepareThreshold=0 in the JDBC URL");
  }

  @Test
  void usersSeeWhetherTryingAgainMayHelp() {
    assertThat(SqlErrors.storage("sending", error("40001")).isTransient()).isTrue();
    assertThat(SqlErrors.storage("sending", error("23505")).isTransient()).isFalse();
    assertThat(SqlErrors.storage("sending", error("23505"))).hasMessage("sending failed: boom");
  }

  @Test
  void whatTheServerQuotesOfARowReachesNobody() {
    SQLException error =
        new PSQLException(
            new ServerErrorMessage(
                "SERROR\0C23514\0Mrefused\0DFailing row contains (" + SECRET + ").\0\0"));
    assertThat(error.getMessage()).contains(SECRET);

    JobQueueException forUsers = SqlErrors.storage("sending", error);

    assertThat(forUsers).hasMessage("sending failed: refused");
    assertThat(forUsers).hasStackTraceContaining("refused");
    assertThat(forUsers.getCause()).hasMessage("refused");
    assertThat(((SQLException) forUsers.getCause()).getSQLState()).isEqualTo("23514");
    assertThat(forUsers.getCause().getStackTrace()).isEqualTo(error.getStackTrace());
    assertThat(SqlErrors.describe(error)).isEqualTo("refused (SQLSTATE 23514)");
  }

  @Test
  void errorsOfOtherKindsAreDescribedAsTheyAre() {
    assertThat(SqlErrors.describe(new IllegalStateException("odd")))
        .isEqualTo("java.lang.IllegalStateException: odd");
  }

  @Test
  void aCommitThatTheStandbyHasNotConfirmedIsFoundAmongTheWarnings() {
    SQLWarning warnings = new SQLWarning("another one", "01000");
    assertThat(SqlErrors.hasUnconfirmedCommit(null)).isFalse();
    assertThat(SqlErrors.hasUnconfirmedCommit(warnings)).isFalse();

    warnings.setNextWarning(warning("01000", "vacuum.c"));
    assertThat(SqlErrors.hasUnconfirmedCommit(warnings)).isFalse();
    warnings.setNextWarning(warning("01004", "syncrep.c"));
    assertThat(SqlErrors.hasUnconfirmedCommit(warnings)).isFalse();
    warnings.setNextWarning(warning("01000", "syncrep.c"));
    assertThat(SqlErrors.hasUnconfirmedCommit(warnings)).isTrue();
  }

  private static SQLException error(String state) {
    return new SQLException("boom", state);
  }

  private static SQLWarning warning(String state, String file) {
    return new PSQLWarning(
        new ServerErrorMessage("SWARNING\0C" + state + "\0Mabgebrochen\0F" + file + "\0\0"));
  }
}
