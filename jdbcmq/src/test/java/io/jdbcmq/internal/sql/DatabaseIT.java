package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/** How long the library waits for a server: as long as the shorter of two limits says. */
class DatabaseIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension final TestSchema db = new TestSchema();

  @ParameterizedTest
  @CsvSource({"0, 30000", "5, 5000", "60, 30000"})
  void aShorterSocketTimeoutOfTheUrlStays(int socketTimeoutS, int expectedMs) throws SQLException {
    PGSimpleDataSource dataSource = db.direct();
    dataSource.setSocketTimeout(socketTimeoutS);
    Database database = Database.of(dataSource).withTimeout(LIMIT);

    assertThat(database.inOwnTransaction(Connection::getNetworkTimeout)).isEqualTo(expectedMs);
    try (KeptConnection kept = database.keep()) {
      assertThat(kept.connection().getNetworkTimeout()).isEqualTo(expectedMs);
    }
  }
}
