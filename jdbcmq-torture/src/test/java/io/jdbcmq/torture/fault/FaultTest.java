package io.jdbcmq.torture.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.check.KeptAlive;
import io.jdbcmq.torture.check.Tally;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The check knows faults by their names in the histories. */
class FaultTest {
  @Test
  void eachFaultThatTheCheckKnowsIsThere() {
    List<String> known =
        Stream.of(Checker.HARMLESS, KeptAlive.HARMLESS, Set.of(Tally.DEAF, Tally.ROW_LOCKS))
            .flatMap(Collection::stream)
            .toList();
    assertThat(known).allSatisfy(name -> assertThat(Fault.named(name)).as(name).isPresent());
  }
}
