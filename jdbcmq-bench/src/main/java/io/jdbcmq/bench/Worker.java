package io.jdbcmq.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * One of several processes that work on the same queue. It is told {@code go FROM RANGE AT_ONCE}
 * and {@code stop}; it says {@code done COUNT} now and then, and after a stop {@code report COUNT
 * TWICE CPU_NANOS BITS}, where bits are the numbers that it has run.
 */
public final class Worker {
  private static final long SAY_MILLIS = 10;

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
      Subject subject = Contenders.named(args[0]).subject().apply(place);
      say("ready");
      String line;
      while ((line = input.readLine()) != null) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("go")) {
          work(
              place,
              subject,
              Integer.parseInt(words[1]),
              Integer.parseInt(words[2]),
              Integer.parseInt(words[3]),
              input);
        }
      }
    }
    System.exit(0); // whatever threads a library has left
  }

  @SuppressWarnings("try") // the crew works in the background until it is closed
  private static void work(
      Place place, Subject subject, int from, int range, int atOnce, BufferedReader input)
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
      while (!input.ready()) {
        if (tally.done() > said) {
          said = tally.done();
          say("done " + said);
        }
        TimeUnit.MILLISECONDS.sleep(SAY_MILLIS);
      }
      input.readLine();
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

  private static void say(String line) {
    System.out.println(Child.MARK + line);
  }
}
