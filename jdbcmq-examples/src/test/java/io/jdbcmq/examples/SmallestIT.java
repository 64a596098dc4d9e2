package io.jdbcmq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallestIT {
  @Test
  void bothGreetingsArePrintedAndNothingElse(@TempDir Path folder) throws Exception {
    ChildProcess smallest = ChildProcess.run(Smallest.class, Map.of(), folder, List.of());

    assertThat(smallest.err()).isEmpty();
    assertThat(smallest.out())
        .containsExactly(
            "Hello from a transaction of its own", "Hello from your transaction, a second later");
    assertThat(smallest.exitCode()).isZero();
  }
}
