package io.jdbcmq.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DatabaseServerTest {

  @Test
  void aNamedServerIsUsedAsItIs() {
    var named =
        Map.of(
            "url", "jdbc:postgresql://db.example:5433/app", "user", "queue", "password", "secret");

    try (var server =
        DatabaseServer.from(name -> Optional.ofNullable(named.get(name))).orElseThrow()) {
      assertThat(server.isEmbedded()).isFalse();
      assertThat(server.embedded()).isEmpty();
      assertThat(server.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:5433/app");
      assertThat(server.dataSource().getServerNames()).containsExactly("db.example");
      assertThat(server.dataSource().getPortNumbers()).containsExactly(5433);
      assertThat(server.dataSource().getUser()).isEqualTo("queue");
      assertThat(server.dataSource().getPassword()).isEqualTo("secret");
    }
  }

  @Test
  void userAndPasswordOfTheUrlStay() {
    var url = "jdbc:postgresql://db.example/app?user=queue&password=secret";

    try (var server =
        DatabaseServer.from(name -> Optional.of(url).filter(it -> name.equals("url")))
            .orElseThrow()) {
      assertThat(server.dataSource().getUser()).isEqualTo("queue");
      assertThat(server.dataSource().getPassword()).isEqualTo("secret");
    }
  }

  @Test
  void nothingNamedIsNothingFound() {
    assertThat(DatabaseServer.from(name -> Optional.empty())).isEmpty();
  }
}
