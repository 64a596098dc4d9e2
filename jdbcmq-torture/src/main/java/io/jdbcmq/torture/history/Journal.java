package io.jdbcmq.torture.history;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Notes events in a file, each with one write: what was noted outlives the process, however that
 * ends. Thread-safe.
 */
public final class Journal implements AutoCloseable {
  private static final String SUFFIX = ".history";

  private final OutputStream file; // not a channel, which an interrupt would close

  private Journal(OutputStream file) {
    this.file = file;
  }

  /** A journal of a process, in a folder that holds those of all. */
  public static Journal open(Path folder, String process) {
    try {
      return new Journal(new FileOutputStream(file(folder, process).toFile(), true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where a process notes its events. */
  public static Path file(Path folder, String process) {
    return folder.resolve(process + SUFFIX);
  }

  /** Notes an event. */
  public void note(Event event) {
    byte[] line = (Lines.of(event) + '\n').getBytes(StandardCharsets.UTF_8);
    synchronized (file) {
      try {
        file.write(line);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * All events of a folder, file by file. A last line without an end was being written when its
   * process died: what it announces had not begun.
   *
   * @throws IllegalArgumentException if another line is none
   */
  public static List<Event> readAll(Path folder) {
    List<Event> events = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.filter(path -> path.toString().endsWith(SUFFIX)).sorted().toList()) {
        events.addAll(read(each));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return events;
  }

  /** What a process has noted, as in {@link #readAll}; nothing if it has not begun to. */
  public static List<Event> read(Path folder, String process) {
    Path file = file(folder, process);
    try {
      return Files.exists(file) ? read(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Event> read(Path file) throws IOException {
    String text = Files.readString(file);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    return whole.lines().map(Lines::event).toList();
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
