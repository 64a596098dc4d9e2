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
    while (true) {
      long ended = nanosOfEndedChildren(postmaster);
      long nanos = nanos(postmaster) + ended + nanosOfLivingChildren();
      if (nanosOfEndedChildren(postmaster) == ended) {
        return nanos; // or one that ended in between was counted nowhere, or twice
      }
    }
  }

  private long nanosOfLivingChildren() {
    try (Stream<ProcessHandle> children =
        ProcessHandle.of(postmaster).map(ProcessHandle::descendants).orElseGet(Stream::empty)) {
      long nanos = 0;
      for (long pid : children.map(ProcessHandle::pid).toList()) {
        nanos += nanos(pid);
      }
      return nanos;
    }
  }

  /** CPU time of a process of one thread: the first field of /proc/pid/schedstat. */
  static long nanos(long pid) {
    String[] fields = read(pid, "schedstat").split(" ", -1);
    return fields[0].isEmpty() ? 0 : Long.parseLong(fields[0]);
  }

  /** Fields 16 and 17 of /proc/pid/stat; the first two are process id and name. */
  private static long nanosOfEndedChildren(long pid) {
    String stat = read(pid, "stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * NANOS_PER_TICK;
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException e) {
      if (Files.exists(Path.of("/proc", Long.toString(pid)))) {
        throw new UncheckedIOException(e);
      }
      return ""; // ended meanwhile
    }
  }

  /** What is measured. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }
}
