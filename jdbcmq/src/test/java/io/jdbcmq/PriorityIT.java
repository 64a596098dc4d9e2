package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One job at a time, so that the order of the runs is that of the claims. */
class PriorityIT {
  private static final JobRequest NOTE = JobRequest.of("note").channel("notes");

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;
  private final Queue<Integer> ran = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void prepare() {
    queue = db.queue();
  }

  @Test
  void lowerNumbersRunFirstFromTheLeastToTheGreatest() throws Exception {
    List<Integer> priorities =
        new ArrayList<>(List.of(-32_768, -32_767, -1, 0, 1, 5, 32_766, 32_767));
    Collections.shuffle(priorities, new Random(1));
    for (int priority : priorities) {
      queue.send(note(priority));
    }

    run();

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    priorities.sort(Comparator.naturalOrder());
    assertThat(ran).containsExactlyElementsOf(priorities);
  }

  @Test
  void anUrgentJobOvertakesTheBacklogOfItsGroupInAllItsChannels() throws Exception {
    for (int tenant = 0; tenant < 5; tenant++) {
      queue.send(Collections.nCopies(100, note(0).channel("notes", "tenant " + tenant)));
    }
    queue.send(note(-1).channel("notes", "tenant 3"));

    run();

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).hasSize(501).startsWith(-1, 0);
  }

  @Test
  void aDelayedJobKeepsItsPriority() throws Exception {
    queue.send(note(-5).delay(Duration.ofMillis(1)));
    queue.send(List.of(note(0), note(5)));
    await().atMost(20, SECONDS).until(() -> db.query(DUE).get(0).equals("1"));

    run();

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).containsExactly(-5, 0, 5);
  }

  @Test
  void priorityDecidesBetweenOrderedChannelsButNotWithinOne() throws Exception {
    JobRequest one = NOTE.channel("notes", "one").ordered();
    queue.send(List.of(one.priority(9).json("9"), one.priority(-9).json("-9")));
    queue.send(note(0).channel("notes", "two").ordered());

    run();

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).containsExactly(0, 9, -9);
  }

  private static final String DUE =
      "select count(*) from mq_delayed where run_at <= clock_timestamp()";

  private static JobRequest note(int priority) {
    return NOTE.priority(priority).json(String.valueOf(priority));
  }

  private void run() {
    JobRegistry jobs =
        JobRegistry.builder()
            .handle("note", job -> ran.add(Integer.valueOf(job.json().orElseThrow())))
            .build();
    db.closing(queue.runner(jobs).concurrency(1, 1).start());
  }
}
