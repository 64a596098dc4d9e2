package io.jdbcmq.examples.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FingerprintTest {
  @TempDir private Path folder;

  @Test
  void aFileHasTheDigestOfItsBytes() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "abc");

    assertThat(Fingerprint.of(file))
        .isEqualTo(
            new Fingerprint(
                Optional.of("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                Optional.empty()));
  }

  @Test
  void thatAFileIsGoneIsAnAnswer() throws Exception {
    assertThat(Fingerprint.of(folder.resolve("gone")))
        .isEqualTo(new Fingerprint(Optional.empty(), Optional.of("NoSuchFileException")));
  }

  @Test
  void anInterruptIsNoAnswer() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "abc");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Fingerprint.of(file)).isInstanceOf(InterruptedException.class);
  }
}
