package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
  @Test
  void isQuotedInStatements() {
    assertThat(new Schema("select").select("mq_f(?)"))
        .isEqualTo("select * from \"select\".mq_f(?)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Upper",
        "1st",
        "with space",
        "quo\"te",
        "a;drop table x",
        "naïve",
        "pg_own",
        "a2345678901234567890123456789012345678901x"
      })
  void anythingButAPlainNameIsRefused(String name) {
    assertThatThrownBy(() -> new Schema(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("schema must be");
  }
}
