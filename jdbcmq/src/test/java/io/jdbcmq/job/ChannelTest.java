package io.jdbcmq.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTest {
  @Test
  void channelWithoutArgsIsTheOnlyOneOfItsGroup() {
    assertThat(Channel.of("email")).isEqualTo(new Channel("email", ""));
    assertThat(Channel.DEFAULT).isEqualTo(new Channel("default", ""));
  }

  @Test
  void channelsAreToldApartByTheirArgs() {
    assertThat(new Channel("email", "tenant-1")).isNotEqualTo(new Channel("email", "tenant-2"));
  }

  @ParameterizedTest
  @CsvSource({"a,1000", "ä,500", "€,333", "\uD83D\uDCEC,250"})
  void aThousandBytesAreTheLimit(String character, int count) {
    String longest = character.repeat(count);

    assertThat(new Channel(longest, longest).name()).isEqualTo(longest);
    assertThatThrownBy(() -> Channel.of(longest + character))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel name must have 1 to 1000 bytes of UTF-8 but had 100");
    assertThatThrownBy(() -> new Channel("email", longest + character))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel args must have 0 to 1000 bytes of UTF-8 but had 100");
  }

  @Test
  void nameMustNotBeEmpty() {
    assertThatThrownBy(() -> Channel.of(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("channel name must have 1 to 1000 bytes of UTF-8 but had 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "a\0b"})
  void nulIsRefused(String text) {
    assertThatThrownBy(() -> Channel.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel name must not contain the character NUL");
    assertThatThrownBy(() -> new Channel("email", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel args must not contain the character NUL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "\uDCEC", "a\uD83Db", "\uDCEC\uD83D"})
  void halfASurrogatePairIsRefused(String text) {
    assertThatThrownBy(() -> Channel.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel name must be valid Unicode");
    assertThatThrownBy(() -> new Channel("email", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel args must be valid Unicode");
  }
}
