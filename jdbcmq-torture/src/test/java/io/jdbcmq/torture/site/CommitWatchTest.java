package io.jdbcmq.torture.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommitWatchTest {
  private final CommitWatch watch = new CommitWatch();

  @Test
  void aCommitIsKnownByTheTextOfItsStatement() {
    follow(Frontend.ssl(), Frontend.startup());
    assertThat(follow(Frontend.parse("", "COMMIT"), Frontend.bind(""))).isEqualTo("asked");
    assertThat(follow(Frontend.execute(), Frontend.sync())).isEqualTo("complete");
    assertThat(follow(Frontend.parse("", "INSERT"), Frontend.bind(""), Frontend.sync())).isEmpty();
  }

  @Test
  void aCommitIsKnownByTheNameOfItsStatement() {
    follow(Frontend.startup(), Frontend.parse("S_1", "BEGIN"), Frontend.parse("S_2", " commit"));
    assertThat(follow(Frontend.bind("S_1"), Frontend.execute(), Frontend.sync())).isEmpty();
    for (int i = 0; i < 3; i++) {
      assertThat(follow(Frontend.bind("S_2"), Frontend.execute(), Frontend.sync()))
          .isEqualTo("asked complete");
    }
    follow(Frontend.parse("S_2", "ROLLBACK"));
    assertThat(follow(Frontend.bind("S_2"), Frontend.execute(), Frontend.sync())).isEmpty();
  }

  @Test
  void aCommitIsKnownInASimpleQuery() {
    follow(Frontend.startup());
    assertThat(follow(Frontend.query("select 'COMMIT'"))).isEmpty();
    assertThat(follow(Frontend.query("COMMIT"))).isEqualTo("asked complete");
  }

  /** What is read at once is not what was written at once. */
  @Test
  void messagesMayArriveInAnyPieces() {
    byte[] all =
        Frontend.join(
            Frontend.startup(),
            Frontend.parse("S_1", "insert into rows values ('" + "x".repeat(500) + "')"),
            Frontend.parse("S_2", "COMMIT"),
            Frontend.bind("S_2"),
            Frontend.execute(),
            Frontend.sync());
    int asked = all.length - Frontend.join(Frontend.execute(), Frontend.sync()).length;
    for (int piece = 1; piece <= all.length; piece++) {
      CommitWatch one = new CommitWatch();
      List<Integer> askedBy = new ArrayList<>();
      List<Integer> completeBy = new ArrayList<>();
      for (int from = 0; from < all.length; from += piece) {
        int to = Math.min(all.length, from + piece);
        one.follow(Arrays.copyOfRange(all, from, to), to - from);
        if (one.isAsked()) {
          askedBy.add(to);
        }
        if (one.isComplete()) {
          completeBy.add(to);
        }
      }
      assertThat(askedBy)
          .singleElement()
          .satisfies(to -> assertThat(to).isGreaterThanOrEqualTo(asked));
      assertThat(askedBy.get(0) - piece).isLessThan(asked);
      assertThat(completeBy).containsExactly(all.length);
    }
  }

  private String follow(byte[]... messages) {
    byte[] all = Frontend.join(messages);
    watch.follow(all, all.length);
    return (watch.isAsked() ? "asked " : "").concat(watch.isComplete() ? "complete" : "").strip();
  }
}
