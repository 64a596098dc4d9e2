package io.jdbcmq.torture.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final UUID JOB = UUID.randomUUID();
  private static final List<Event> EVENTS =
      List.of(
          new Event.Sending(
              1,
              "p",
              "p-1",
              List.of(
                  new Event.Sent(JOB, "own", Optional.empty(), Optional.of("key-1"), true, 3, 300),
                  new Event.Sent(
                      UUID.randomUUID(),
                      "effect",
                      Optional.of("a"),
                      Optional.empty(),
                      false,
                      1,
                      0))),
          new Event.Committing(2, "p", "p-2", JOB),
          new Event.Cancelling(3, "p", "p-3", JOB),
          new Event.Existing(4, "p", "p-1", JOB),
          new Event.Ended(4, "p", "p-1", Event.Result.UNKNOWN),
          new Event.Started(5, "r", "r-1", JOB, 2, Event.Payload.SAVED),
          new Event.Saving(6, "r", "r-1"),
          new Event.Saved(6, "r", "r-1", true),
          new Event.Stopping(6, "r"),
          new Event.Health(6, "r", 4_711, 12),
          new Event.Completing(6, "r", "r-1"),
          new Event.Finished(7, "r", "r-1", Event.Outcome.REFUSED),
          new Event.Fault(8, "harness", "black-hole", true));

  @TempDir Path folder;

  @Test
  void whatWasNotedIsRead() {
    note();
    assertThat(Journal.readAll(folder)).isEqualTo(EVENTS);
  }

  @Test
  void aLineThatWasBeingWrittenIsLeftOut() throws IOException {
    note();
    write("Started\t9\tr\tr-2");
    assertThat(Journal.readAll(folder)).isEqualTo(EVENTS);
  }

  @Test
  void anotherLineThatIsNoneIsTold() throws IOException {
    note();
    write("Started\t9\tr\tr-2\n");
    assertThatThrownBy(() -> Journal.readAll(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not a line of a history: 'Started\t9\tr\tr-2'");
  }

  @Test
  void anInterruptDoesNotCloseIt() {
    try (Journal journal = Journal.open(folder, "r")) {
      Thread.currentThread().interrupt();
      journal.note(EVENTS.get(0));
      assertThat(Thread.interrupted()).isTrue();
      journal.note(EVENTS.get(1));
    }
    assertThat(Journal.readAll(folder)).hasSize(2);
  }

  @Test
  void oneProcessIsReadByItself() {
    note();
    try (Journal journal = Journal.open(folder, "r")) {
      journal.note(EVENTS.get(0));
    }
    assertThat(Journal.read(folder, "p")).isEqualTo(EVENTS);
    assertThat(Journal.read(folder, "r")).containsExactly(EVENTS.get(0));
    assertThat(Journal.read(folder, "none")).isEmpty();
  }

  private void note() {
    try (Journal journal = Journal.open(folder, "p")) {
      EVENTS.forEach(journal::note);
    }
  }

  private void write(String text) throws IOException {
    Files.writeString(folder.resolve("p.history"), text, StandardOpenOption.APPEND);
  }
}
