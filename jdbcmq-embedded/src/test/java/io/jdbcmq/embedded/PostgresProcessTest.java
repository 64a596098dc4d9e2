package io.jdbcmq.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PostgresProcessTest {
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs sh")
  void aDeadProcessThatNobodyCollectsDoesNotRun() throws Exception {
    // The shell starts a child, and becomes a program that never asks for it.
    Process parent = new ProcessBuilder("sh", "-c", "sleep 1 & exec sleep 60").start();
    try {
      await().atMost(30, TimeUnit.SECONDS).until(() -> parent.children().findAny().isPresent());
      ProcessHandle child = parent.children().findAny().orElseThrow();
      await().atMost(30, TimeUnit.SECONDS).until(() -> !PostgresProcess.runs(child));
      assertThat(PostgresProcess.runs(parent.toHandle())).isTrue();
    } finally {
      parent.destroyForcibly();
    }
  }
}
