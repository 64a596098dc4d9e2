package io.jdbcmq.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class JobTypeTest {
  private static final JobType<String> GREET = JobType.of("greet", String.class);

  @Test
  void requestRunsWhereAndHowItsTypeSays() {
    var policy = RetryPolicy.of(7, Duration.ofSeconds(3));

    var request = GREET.channel("greetings").retry(policy).request("hi");

    assertThat(request)
        .returns("greet", JobRequest::jobName)
        .returns(Channel.of("greetings"), JobRequest::channel)
        .returns(policy, JobRequest::retryPolicy);
    assertThat(request.payload()).contains("hi");
  }

  @Test
  void typeItselfDoesNotChange() {
    assertThat(GREET.channel("greetings")).isNotEqualTo(GREET);
    assertThat(GREET)
        .isEqualTo(new JobType<>("greet", String.class, Channel.DEFAULT, RetryPolicy.standard()));
  }

  @Test
  void nameIsCheckedAsThatOfARequest() {
    assertThatThrownBy(() -> JobType.of("n".repeat(501), String.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("job name must have 1 to 500 bytes of UTF-8 but had 501");
  }

  @Test
  void nullIsRefusedAtOnce() {
    assertThatNullPointerException().isThrownBy(() -> JobType.of("greet", null));
    assertThatNullPointerException().isThrownBy(() -> GREET.retry(null));
    assertThatNullPointerException().isThrownBy(() -> GREET.channel(null));
    assertThatNullPointerException().isThrownBy(() -> GREET.request(null));
  }
}
