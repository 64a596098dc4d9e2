package io.jdbcmq.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Reads what the operating system and the server have counted: CPU time of this process and of all
 * processes of an embedded server, and the position of the write-ahead log.
 */
final class Meter {
  private static final long NANOS_PER_TICK = 10_000_000; // 100 ticks a second on every Linux

  private final DataSource dataSource;
  private final long postmaster;
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /**
   * A meter.
   *
   * @param postmaster process id of the server
   */
  Meter(DataSource dataSource, long postmaster) {
    this.dataSource = dataSource;
    this.postmaster = postmaster;
  }

  /** Runs work on so many jobs and returns what it cost. */
  Usage measure(long jobs, Work work) throws Exception {
    long wal = walPosition();
    long server = serverCpuNanos();
    long client = system.getProcessCpuTime();
    long start = System.nanoTime();
    work.run();
    long end = System.nanoTime();
    return new Usage(
        jobs,
        end - start,
        system.getProcessCpuTime() - client,
        serverCpuNanos() - server,
        walPosition() - wal);
  }

  private long walPosition() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Living processes, and through the postmaster those that have ended. */
  private long serverCpuNanos() {
    try (Stream<ProcessHandle> children =
        ProcessHandle.of(postmaster).map(ProcessHandle::descendants).orElseGet(Stream::empty)) {
      List<Long> pids = children.map(ProcessHandle::pid).toList();
      long ticks = ticks(postmaster, true);
      for (long pid : pids) {
        ticks += ticks(pid, false);
      }
      return ticks * NANOS_PER_TICK;
    }
  }

  /** Fields of /proc/pid/stat after the name: 14 and 15 own, 16 and 17 of ended children. */
  private static long ticks(long pid, boolean withEndedChildren) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
      long ticks = Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
      return withEndedChildren
          ? ticks + Long.parseLong(fields.get(13)) + Long.parseLong(fields.get(14))
          : ticks;
    } catch (java.nio.file.NoSuchFileException e) {
      return 0; // ended meanwhile
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is measured. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }
}
