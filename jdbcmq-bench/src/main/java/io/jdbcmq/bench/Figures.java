package io.jdbcmq.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.AbstractHistogram;

/**
 * What was measured of one system in one round, by the names that the report's file has.
 *
 * @param values name to value
 * @param note what to know about them; may be empty
 */
record Figures(Map<String, Double> values, String note) {
  static final String JOBS = "jobs";
  static final String RATE = "jobs_per_s";
  static final String CLIENT = "client_cpu_us_per_job";
  static final String ALLOCATED = "client_alloc_bytes_per_job";
  static final String SERVER = "server_cpu_us_per_job";
  static final String WAL = "wal_bytes_per_job";
  static final String DEAD = "dead_tuples";
  static final String P50 = "p50_ms";
  static final String P95 = "p95_ms";
  static final String P99 = "p99_ms";
  static final String MAX = "max_ms";

  /** Runs of jobs that had been run before: not what anybody should see. */
  static final String TWICE = "run_twice";

  /** How a note begins that says what went wrong. */
  static final String FAILED = "failed: ";

  Figures {
    values = Map.copyOf(values);
  }

  static Builder of(long jobs) {
    return new Builder().with(JOBS, (double) jobs);
  }

  /** Nothing but the reason why there is nothing. */
  static Figures leftOut(String why) {
    return new Figures(Map.of(), why);
  }

  /** Collects figures. */
  static final class Builder {
    private final Map<String, Double> values = new LinkedHashMap<>();
    private String note = "";

    Builder with(String name, double value) {
      values.put(name, value);
      return this;
    }

    Builder rate(long jobs, long nanos) {
      return with(RATE, jobs * 1e9 / Math.max(1, nanos));
    }

    /** CPU time and log of all that was done, per job; nothing if there was no job. */
    Builder cost(Usage usage) {
      if (usage.jobs() == 0) {
        return this;
      }
      return with(CLIENT, usage.clientMicrosPerJob())
          .with(SERVER, usage.serverMicrosPerJob())
          .with(WAL, usage.walBytesPerJob());
    }

    /** What the client's threads have allocated on their heap, per job; nothing without a job. */
    Builder allocated(long bytes, long jobs) {
      return jobs == 0 ? this : with(ALLOCATED, (double) bytes / jobs);
    }

    Builder waits(AbstractHistogram micros) {
      if (micros.getTotalCount() == 0) {
        return this;
      }
      return with(P50, micros.getValueAtPercentile(50) / 1e3)
          .with(P95, micros.getValueAtPercentile(95) / 1e3)
          .with(P99, micros.getValueAtPercentile(99) / 1e3)
          .with(MAX, micros.getMaxValue() / 1e3);
    }

    /** Dead rows that are left there. */
    Builder dead(Place place) throws InterruptedException {
      return with(DEAD, (double) place.deadTuples());
    }

    Builder note(String text) {
      note = text;
      return this;
    }

    Figures build() {
      return new Figures(values, note);
    }
  }
}
