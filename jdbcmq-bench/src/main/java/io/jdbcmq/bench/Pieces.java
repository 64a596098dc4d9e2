package io.jdbcmq.bench;

import io.jdbcmq.internal.runner.RunnerPieces;
import io.jdbcmq.internal.sql.JobRow;
import io.jdbcmq.internal.sql.JsonText;
import io.jdbcmq.internal.sql.UuidV7;
import io.jdbcmq.jackson3.Jackson3Codec;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.PayloadType;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The pieces of Java that each job goes through when it is sent, each by itself, by JMH. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class Pieces {
  private final Jackson3Codec codec = new Jackson3Codec();
  private final PayloadType<Order> type = PayloadType.of(Order.class);
  private final Order order = new Order(4711, "Ada Lovelace", "12 Saint James's Square, London", 3);
  private final String json = codec.encode(order);
  private final JobRequest asText = JobRequest.of("ship-order").json(json);
  private final JobRequest asObject = JobRequest.of("ship-order").payload(order);

  /** What a shop would send: 91 characters of JSON. */
  public record Order(long number, String name, String address, int items) {}

  /** An id for a job. */
  @Benchmark
  public UUID makeId() {
    return UuidV7.next();
  }

  /** A payload to JSON. */
  @Benchmark
  public String encode() {
    return codec.encode(order);
  }

  /** JSON to a payload. */
  @Benchmark
  public Order decode() {
    return codec.decode(json, type);
  }

  /** JSON of the caller's, which must be what PostgreSQL takes. */
  @Benchmark
  public void checkJson() {
    JsonText.check(json);
  }

  /** All of it for a request with JSON: what a send does before it calls the database. */
  @Benchmark
  public JobRow prepareJson() {
    return JobRow.of(asText, codec);
  }

  /** The same for a request with an object. */
  @Benchmark
  public JobRow prepareObject() {
    return JobRow.of(asObject, codec);
  }

  /**
   * Runs them and those of a runner, and prints times and allocations; quickly: once, to see that
   * they run.
   */
  static void run(boolean quick) throws RunnerException {
    var options =
        new OptionsBuilder()
            .include("^" + Pieces.class.getName())
            .include("^" + RunnerPieces.class.getName())
            .addProfiler(GCProfiler.class);
    if (quick) {
      options
          .forks(1)
          .warmupIterations(1)
          .warmupTime(TimeValue.milliseconds(100))
          .measurementIterations(1)
          .measurementTime(TimeValue.milliseconds(100));
    }
    new Runner(options.build()).run();
  }
}
