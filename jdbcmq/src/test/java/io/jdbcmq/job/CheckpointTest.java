package io.jdbcmq.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CheckpointTest {
  @Test
  void changesOnlyWhatItNames() {
    Checkpoint retries = Checkpoint.extraRetries(2);
    assertThat(retries.changesJson()).isFalse();
    assertThat(retries.changesBytes()).isFalse();
    assertThat(retries.extraRetries()).isEqualTo(2);
    assertThat(retries.keepAlive()).isEmpty();

    Checkpoint cleared = Checkpoint.clearJson().withBytes(new byte[] {1});
    assertThat(cleared.changesJson()).isTrue();
    assertThat(cleared.json()).isEmpty();
    assertThat(cleared.payload()).isEmpty();
    assertThat(cleared.bytes().orElseThrow()).containsExactly(1);
  }

  @Test
  void theLastWordOnAPayloadHolds() {
    Checkpoint text = Checkpoint.payload("object").withJson("[]");
    assertThat(text.payload()).isEmpty();
    assertThat(text.json()).hasValue("[]");
    assertThat(text.withoutJson().json()).isEmpty();
    assertThat(text.withPayload(1).json()).isEmpty();
    assertThat(Checkpoint.bytes(new byte[1]).withoutBytes().bytes()).isEmpty();
  }

  @Test
  void keepsItsBytesToItself() {
    byte[] bytes = {1};
    Checkpoint checkpoint = Checkpoint.bytes(bytes);
    bytes[0] = 2;
    checkpoint.bytes().orElseThrow()[0] = 3;
    assertThat(checkpoint.bytes().orElseThrow()).containsExactly(1);
  }

  @Test
  void refusesWhatCannotBeStored() {
    assertThatThrownBy(() -> Checkpoint.extraRetries(10_001))
        .hasMessage("extra retries must be 0 to 10,000 but was 10001");
    assertThatThrownBy(() -> Checkpoint.extraRetries(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Checkpoint.keepAlive(Duration.ZERO))
        .hasMessageContaining("keep-alive must be PT0.001S");
    assertThatThrownBy(() -> Checkpoint.bytes(new byte[(1 << 20) + 1]))
        .hasMessageContaining("at most 1048576 bytes but had 1048577");
    assertThat(Checkpoint.bytes(new byte[1 << 20]).changesBytes()).isTrue();
  }

  @Test
  void doesNotShowItsPayload() {
    assertThat(Checkpoint.json("\"secret\"").toString()).doesNotContain("secret");
  }
}
