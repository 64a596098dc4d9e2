package io.jdbcmq.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ServerUserTest {
  private static final List<String> POSTGRES = List.of("postgres", "-D", "data");

  @Test
  void anOrdinaryUserRunsTheServerItself() {
    assertThat(chosen(Map.of("id -u", 1000))).isEqualTo("postgres -D data");
  }

  @Test
  void rootPrefersSetprivBecauseItNeedsNoNamespaces() {
    var answers =
        Map.of(
            "id -u", 0,
            "setpriv --reuid=65534 --regid=65534 --clear-groups id -u", 65534,
            "unshare -U id -u", 65534);

    assertThat(chosen(answers))
        .isEqualTo("setpriv --reuid=65534 --regid=65534 --clear-groups postgres -D data");
  }

  @Test
  void rootTakesANamespaceWhereSetprivIsMissing() {
    assertThat(chosen(Map.of("id -u", 0, "unshare -U id -u", 65534)))
        .isEqualTo("unshare -U postgres -D data");
  }

  @Test
  void rootTakesChrootWhereNothingElseIsAllowed() {
    assertThat(chosen(Map.of("id -u", 0, "chroot --userspec=65534:65534 --groups= / id -u", 65534)))
        .isEqualTo("chroot --userspec=65534:65534 --groups= / postgres -D data");
  }

  @Test
  void aWayThatLeavesUsRootIsNone() {
    assertThatThrownBy(() -> chosen(Map.of("id -u", 0, "unshare -U id -u", 0)))
        .isInstanceOf(EmbeddedPostgresException.class);
  }

  @Test
  void rootWithoutAnyWayIsToldWhatWasTriedAndWhatHelps() {
    assertThatThrownBy(() -> chosen(Map.of("id -u", 0)))
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContainingAll("setpriv", "unshare -U", "chroot --userspec", "JDBCMQ_URL");
  }

  private static String chosen(Map<String, Integer> answers) {
    Function<List<String>, OptionalInt> ask =
        command -> {
          var answer = answers.get(String.join(" ", command));
          return answer == null ? OptionalInt.empty() : OptionalInt.of(answer);
        };
    return String.join(" ", ServerUser.choose(ask).command(POSTGRES));
  }
}
