package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jdbcmq.embedded.DatabaseServer;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** The tests of a run meet the version that the run is named for. */
class ServerVersionIT {

  @Test
  void theServerIsOfTheChosenVersion() throws SQLException {
    try (var server = DatabaseServer.fromEnvironmentOrEmbedded();
        var connection = server.dataSource().getConnection()) {
      assumeTrue(server.isEmbedded(), "a server that was named from outside is of any version");
      assertThat(connection.getMetaData().getDatabaseMajorVersion())
          .isEqualTo(Integer.getInteger("jdbcmq.test.postgres"));
    }
  }
}
