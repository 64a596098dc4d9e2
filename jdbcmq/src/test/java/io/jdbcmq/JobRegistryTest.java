package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobType;
import org.junit.jupiter.api.Test;

class JobRegistryTest {
  @Test
  void aNameHasOneHandler() {
    JobRegistry.Builder builder = JobRegistry.builder().handle("mail", job -> {});
    assertThatThrownBy(() -> builder.handle(JobType.of("mail", String.class), (job, text) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mail has two handlers");
    assertThat(builder.build().jobNames()).containsExactly("mail");
  }

  @Test
  void aRegistryDoesNotChangeWithItsBuilder() {
    JobRegistry.Builder builder = JobRegistry.builder().handle("one", job -> {});
    JobRegistry registry = builder.build();
    builder.handle("two", job -> {});
    assertThat(registry.jobNames()).containsExactly("one");
  }
}
