package io.jdbcmq.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.model.Explorer.Result;
import io.jdbcmq.model.UniqueKey.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One live job of a key at most, and nobody is refused for nothing. */
class UniqueKeyTest {
  @Test
  void noScheduleBreaksTheKey() {
    List<Result> results = meetings(EnumSet.allOf(Rule.class)).toList();

    assertThat(results).allMatch(Result::isSound);
    assertThat(results.stream().mapToInt(Result::states).sum()).isGreaterThan(100);
  }

  @ParameterizedTest
  @EnumSource
  void someScheduleGoesWrongWithoutThisRule(Rule rule) {
    assertThat(meetings(EnumSet.complementOf(EnumSet.of(rule))))
        .anyMatch(result -> !result.isSound());
  }

  private static Stream<Result> meetings(Set<Rule> rules) {
    UniqueKey key = new UniqueKey(rules);
    return Stream.of(
        explore(key.sender("one", "a"), key.sender("other", "b"), key.completer("completer", "x")),
        explore(
            key.sender("one", "a"),
            key.undecidedSender("other", "b"),
            key.completer("completer", "x")),
        explore(
            key.sender("one", "a"),
            key.sender("other", "b"),
            key.undecidedCompleter("completer", "x")));
  }

  private static Result explore(Program... programs) {
    return Explorer.explore(UniqueKey.live("x"), List.of(programs), UniqueKey::broken);
  }
}
