package io.jdbcmq.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One of several processes that work on the same queue. It is told {@code go FROM RANGE AT_ONCE}
 * and {@code stop}; it says {@code done COUNT} now and then, and after a stop {@code report COUNT
 * TWICE CPU_NANOS BITS}, where bits are the numbers that it has run.
 */
public final class Worker {
  private static final long SAY_MILLIS = 10;

  /** Told after the last line, when the process that tells has closed the pipe or has ended. */
  private static final String END = "";

  private Worker() {}

  /**
   * Runs until the end of what it is told.
   *
   * @param args system, URL of the database, schema
   */
  public static void main(String[] args) throws Exception {
    try (Place place = new Place(new Database(args[1]), args[2]);
        BufferedReader input =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      BlockingQueue<String> told = new LinkedBlockingQueue<>();
      Thread listener = new Thread(() -> listen(input, told), "listener");
      listener.setDaemon(true);
      listener.start();
      Subject subject = Contenders.named(args[0]).subject().apply(place);
      say("ready");
      for (String line = told.take(); !line.equals(END); line = told.take()) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("go")) {
          work(
              place,
              subject,
              Integer.parseInt(words[1]),
              Integer.parseInt(words[2]),
              Integer.parseInt(words[3]),
              told);
        }
      }
    }
    System.exit(0); // whatever threads a library has left
  }

  @SuppressWarnings("try") // the crew works in the background until it is closed
  private static void work(
      Place place, Subject subject, int from, int range, int atOnce, BlockingQueue<String> told)
      throws Exception {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    Tally tally = new Tally(from, range, range);
    long cpu = system.getProcessCpuTime();
    try (Subject.Crew crew =
        subject.start(
            Subject.Terms.usual(atOnce),
            message -> {
              tally.begin();
              tally.end(message.text());
            })) {
      int said = 0;
      String stop = null;
      while (stop == null) {
        if (tally.done() > said) {
          said = tally.done();
          say("done " + said);
        }
        stop = told.poll(SAY_MILLIS, TimeUnit.MILLISECONDS);
      }
      if (stop.equals(END)) {
        Runtime.getRuntime().halt(1); // nobody is there any more, and the queue is not ours
      }
    }
    place.settleStatistics();
    ByteBuffer bits = ByteBuffer.allocate(tally.bits().length * Long.BYTES);
    bits.asLongBuffer().put(tally.bits());
    say(
        "report %d %d %d %s"
            .formatted(
                tally.done(),
                tally.twice() + tally.strangers(),
                system.getProcessCpuTime() - cpu,
                Base64.getEncoder().encodeToString(bits.array())));
  }

  private static void listen(BufferedReader input, BlockingQueue<String> told) {
    try {
      String line;
      while ((line = input.readLine()) != null) {
        told.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("what to do cannot be read", e);
    } finally {
      told.add(END);
    }
  }

  private static void say(String line) {
    System.out.println(Child.MARK + line);
  }
}
