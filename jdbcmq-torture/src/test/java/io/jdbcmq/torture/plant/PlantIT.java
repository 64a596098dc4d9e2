package io.jdbcmq.torture.plant;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Defects fit the functions as they are today. */
class PlantIT {
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void migrate() {
    postgres = EmbeddedPostgres.builder().start();
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(postgres.jdbcUrl());
    JobQueue.create(dataSource).migrate();
  }

  @AfterAll
  static void close() {
    postgres.close();
  }

  @ParameterizedTest
  @EnumSource
  void canBePlantedOnce(Plant plant) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl())) {
      connection.setAutoCommit(false);
      plant.into(connection, "jdbcmq");
      assertThatThrownBy(() -> plant.into(connection, "jdbcmq"))
          .isInstanceOf(PlantException.class)
          .hasMessageContaining("exactly once");
      connection.rollback();
    }
  }
}
