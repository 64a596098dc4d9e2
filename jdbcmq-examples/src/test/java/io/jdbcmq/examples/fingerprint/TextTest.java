package io.jdbcmq.examples.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void countsHaveTheirThousandsApart() {
    assertThat(Text.count(0)).isEqualTo("0");
    assertThat(Text.count(999)).isEqualTo("999");
    assertThat(Text.count(1_234_567)).isEqualTo("1,234,567");
  }

  @Test
  void bytesComeInTheUnitThatFits() {
    assertThat(Text.bytes(0)).isEqualTo("0 bytes");
    assertThat(Text.bytes(999)).isEqualTo("999 bytes");
    assertThat(Text.bytes(1_000)).isEqualTo("1.0 kB");
    assertThat(Text.bytes(25_960_000)).isEqualTo("26.0 MB");
    assertThat(Text.bytes(3_000_000_000L)).isEqualTo("3.0 GB");
    assertThat(Text.bytes(Long.MAX_VALUE)).isEqualTo("9223372.0 TB");
  }

  @Test
  void durationsComeInTheUnitThatFits() {
    assertThat(Text.duration(Duration.ZERO)).isEqualTo("0 ms");
    assertThat(Text.duration(Duration.ofMillis(999))).isEqualTo("999 ms");
    assertThat(Text.duration(Duration.ofMillis(1_500))).isEqualTo("1.5 s");
    assertThat(Text.duration(Duration.ofMillis(59_990))).isEqualTo("59.9 s");
    assertThat(Text.duration(Duration.ofSeconds(125))).isEqualTo("2 min 5 s");
    assertThat(Text.duration(Duration.ofMinutes(184))).isEqualTo("3 h 4 min");
  }

  @Test
  void whatWouldMoveTheCursorOrHasNoCharsetIsReplaced() {
    assertThat(Text.printable("a\nb\tc\033[2Jd\u0085e\u2028f\u202eg"))
        .isEqualTo("a?b?c?[2Jd?e?f?g");
    assertThat(Text.printable("lone \ud800 surrogate")).isEqualTo("lone ? surrogate");
    assertThat(Text.printable("größer 😀")).isEqualTo("größer 😀");
  }
}
