package io.jdbcmq.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobTypeTest {
  private static final JobType<String> GREET = JobType.of("greet", String.class);

  @Test
  void requestRunsWhereAndHowItsTypeSays() {
    var policy = RetryPolicy.of(7, Duration.ofSeconds(3));

    var request =
        GREET
            .channel("greetings", "tenant-1")
            .retry(policy)
            .priority(-3)
            .ordered(OnDeath.BLOCK)
            .timeout(Duration.ofMinutes(1))
            .request("hi");

    assertThat(request)
        .returns("greet", JobRequest::jobName)
        .returns(new Channel("greetings", "tenant-1"), JobRequest::channel)
        .returns(policy, JobRequest::retryPolicy)
        .returns(-3, JobRequest::priority)
        .returns(Optional.of(OnDeath.BLOCK), JobRequest::onDeath)
        .returns(Optional.of(Duration.ofMinutes(1)), JobRequest::timeout);
    assertThat(request.payload()).contains("hi");
  }

  @Test
  void requestOfAPlainTypeIsAsPlainAsOneWithoutAType() {
    assertThat(GREET.request("hi"))
        .returns(Channel.DEFAULT, JobRequest::channel)
        .returns(RetryPolicy.standard(), JobRequest::retryPolicy)
        .returns(0, JobRequest::priority)
        .returns(false, JobRequest::isOrdered)
        .returns(Optional.empty(), JobRequest::timeout);
    assertThat(GREET.ordered().request("hi").onDeath()).contains(OnDeath.SKIP);
  }

  @Test
  void typeItselfDoesNotChange() {
    assertThat(GREET.channel("greetings")).isNotEqualTo(GREET);
    assertThat(GREET)
        .isEqualTo(
            new JobType<>(
                "greet",
                PayloadType.of(String.class),
                Channel.DEFAULT,
                RetryPolicy.standard(),
                0,
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void nameIsCheckedAsThatOfARequest() {
    assertThatThrownBy(() -> JobType.of("n".repeat(501), String.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("job name must have 1 to 500 bytes of UTF-8 but had 501");
  }

  @Test
  void defaultsAreCheckedAsThoseOfARequest() {
    assertThatThrownBy(() -> GREET.priority(32_768))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("priority must be -32,768 to 32,767 but was 32768");
    assertThatThrownBy(() -> GREET.timeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must be PT0.001S to PT876000H but was PT0S");
  }

  @Test
  void nullIsRefusedAtOnce() {
    assertThatNullPointerException().isThrownBy(() -> JobType.of("greet", (Class<String>) null));
    assertThatNullPointerException().isThrownBy(() -> GREET.retry(null));
    assertThatNullPointerException().isThrownBy(() -> GREET.channel(null));
    assertThatNullPointerException().isThrownBy(() -> GREET.ordered(null));
    assertThatNullPointerException().isThrownBy(() -> GREET.timeout(null));
    assertThatNullPointerException().isThrownBy(() -> GREET.request(null));
  }
}
