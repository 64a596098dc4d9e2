package io.jdbcmq.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;

/** That the tests beside this one, which come from the starter, run on what they are to run on. */
class SpringBoot4Test {
  @Test
  void theClassPathIsThatOfSpringBoot4() {
    assertThat(SpringBootVersion.getVersion()).startsWith("4.");
  }
}
