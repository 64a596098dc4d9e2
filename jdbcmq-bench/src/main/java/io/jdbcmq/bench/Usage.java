package io.jdbcmq.bench;

/**
 * What a stretch of work has cost.
 *
 * @param jobs how many jobs it was
 * @param nanos how long it took
 * @param clientCpuNanos CPU time of this process
 * @param serverCpuNanos CPU time of the server's processes
 * @param walBytes bytes of write-ahead log
 */
record Usage(long jobs, long nanos, long clientCpuNanos, long serverCpuNanos, long walBytes) {
  /** What stands for CPU time or bytes that were not measured. */
  static final long UNKNOWN = Long.MIN_VALUE;

  /** The same for another number of jobs, if that is known only afterwards. */
  Usage of(long otherJobs) {
    return new Usage(otherJobs, nanos, clientCpuNanos, serverCpuNanos, walBytes);
  }

  /** Both together. */
  Usage plus(Usage other) {
    return new Usage(
        jobs + other.jobs,
        nanos + other.nanos,
        clientCpuNanos + other.clientCpuNanos,
        serverCpuNanos + other.serverCpuNanos,
        walBytes + other.walBytes);
  }

  double jobsPerSecond() {
    return jobs * 1e9 / nanos;
  }

  double clientMicrosPerJob() {
    return clientCpuNanos / 1e3 / jobs;
  }

  double serverMicrosPerJob() {
    return serverCpuNanos / 1e3 / jobs;
  }

  double walBytesPerJob() {
    return (double) walBytes / jobs;
  }
}
