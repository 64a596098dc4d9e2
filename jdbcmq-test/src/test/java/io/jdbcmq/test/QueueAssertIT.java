package io.jdbcmq.test;

import static io.jdbcmq.test.JobQueueAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.RetryPolicy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Assertions hold where they should, and tell what is there where they do not. */
@ExtendWith(JobQueueExtension.class)
class QueueAssertIT {
  private static final JobType<Order> ORDER = JobType.of("order", Order.class);

  private final JobQueue queue;

  QueueAssertIT(JobQueue queue) {
    this.queue = queue;
  }

  @Test
  void sentJobIsFoundByNameAndType() {
    queue.send(ORDER.request(new Order(7, "Ada")));

    assertThat(queue).hasSent("order").and().hasSent(ORDER).and().hasNotSent("invoice");
    assertThat(queue).hasSentExactly("order");
  }

  @Test
  void chainNarrowsDownToTheJobThatIsMeant() {
    queue.send(ORDER.request(new Order(6, "Bob")).channel("orders", "7"));
    UUID id =
        queue
            .send(
                ORDER
                    .request(new Order(7, "Ada"))
                    .channel("orders", "7")
                    .header("trace", "abc")
                    .uniqueKey("order 7")
                    .priority(3)
                    .ordered()
                    .delay(Duration.ofMinutes(5)))
            .id();

    assertThat(
            assertThat(queue)
                .hasSent("order")
                .inChannel("orders")
                .inChannel("orders", "7")
                .withPayload(Order.class, order -> assertThat(order.number()).isEqualTo(7))
                .withPayload(ORDER, order -> assertThat(order.customer()).isEqualTo("Ada"))
                .withPayload(new Order(7, "Ada"))
                .withHeader("trace", "abc")
                .withUniqueKey("order 7")
                .withPriority(3)
                .ordered()
                .delayedBy(Duration.ofMinutes(5))
                .inState(JobState.DELAYED)
                .once()
                .id())
        .isEqualTo(id);
    assertThat(queue).hasSent(ORDER).notOrdered().delayedBy(Duration.ZERO).once();
    assertThat(queue).hasSent(ORDER).times(2);
  }

  @Test
  void momentOfTheFirstRunIsExact() {
    Instant moment = Instant.parse("2100-01-01T00:00:00Z");
    queue.send(ORDER.request(new Order(7, "Ada")).runAt(moment));

    assertThat(queue).hasSent(ORDER).runningAt(moment);
  }

  @Test
  void binaryPayloadIsComparedByteForByte() {
    queue.send(JobRequest.of("scan").bytes(new byte[] {1, 2}));

    assertThat(queue).hasSent("scan").withPayload(new byte[] {1, 2});
    broken(() -> assertThat(queue).hasSent("scan").withPayload(new byte[] {2}))
        .contains("its payload is not equal to the expected one", "binary payload of 2 bytes");
  }

  @Test
  void missingJobBreaksWithWhatIsThere() {
    queue.send(ORDER.request(new Order(7, "Ada Secret")).channel("orders", "7").header("h", "v"));

    broken(() -> assertThat(queue).hasSent("invoice"))
        .startsWith("Expecting a job named \"invoice\", but there is none. There is one job:")
        .contains("- order in channel orders/7, ready, JSON payload of 36 characters, headers [h]")
        .contains("assertThat(queue, connection)")
        .doesNotContain("Secret");
  }

  @Test
  void missingJobInAnEmptyQueueSaysThatItIsEmpty() {
    broken(() -> assertThat(queue).hasSent(ORDER)).contains("The queue is empty.");
  }

  @Test
  void ownDescriptionComesFirst() {
    broken(() -> assertThat(queue).as("after checkout").hasSent(ORDER))
        .startsWith("[after checkout] Expecting a job named \"order\"");
  }

  @Test
  void exactNamesBreakWithMissingAndUnexpectedOnes() {
    queue.send(JobRequest.of("a"));
    queue.send(JobRequest.of("b"));

    assertThat(queue).hasSentExactly("b", "a");
    broken(() -> assertThat(queue).hasSentExactly("a", "a", "c"))
        .startsWith(
            "Expecting exactly the jobs [a, a, c], but missing are [a, c], and unexpected are [b].")
        .contains("There are 2 jobs:\n  - a in channel default, ready\n  - b in channel default");
  }

  @Test
  void unwantedJobsBreak() {
    queue.send(JobRequest.of("a"));
    queue.send(JobRequest.of("a"));

    broken(() -> assertThat(queue).hasNotSent("a"))
        .startsWith("Expecting no job named \"a\", but there are 2. There are 2 jobs:");
    broken(() -> assertThat(queue).hasNoJobs()).startsWith("Expecting no jobs. There are 2 jobs:");
    queue.clearAll();
    assertThat(queue).hasNoJobs();
  }

  @Test
  void longListsAreCut() {
    for (int i = 0; i < 23; i++) {
      queue.send(JobRequest.of("a"));
    }

    broken(() -> assertThat(queue).hasNoJobs()).contains("There are 23 jobs:", "and 3 more");
  }

  @Test
  void eachPropertyBreaksWithWhatWasFoundInstead() {
    queue.send(ORDER.request(new Order(7, "Ada")).channel("orders", "7").header("trace", "abc"));

    SentJobsAssert sent = assertThat(queue).hasSent(ORDER);
    broken(() -> sent.inChannel("invoices"))
        .startsWith(
            "Expecting a job named \"order\" in a channel named invoices, but found: orders/7. There is");
    broken(() -> sent.inChannel("orders", "8"))
        .contains("in channel orders/8, but found: orders/7");
    broken(() -> sent.inState(JobState.DEAD)).contains("that is dead, but found: ready");
    broken(() -> sent.delayedBy(Duration.ofSeconds(5)))
        .contains("delayed by PT5S, but found: no delay");
    broken(() -> sent.runningAt(Instant.EPOCH))
        .contains("to run at 1970-01-01T00:00:00Z, but found: at once");
    broken(sent::ordered).contains("in strict order, but found: not ordered");
    broken(() -> sent.withPriority(1)).contains("with priority 1, but found: priority 0");
    broken(() -> sent.withUniqueKey("k")).contains("with unique key k, but found: no unique key");
    broken(() -> sent.withHeader("trace", "x"))
        .contains("with header trace=x, but found: trace=abc");
    broken(() -> sent.withHeader("other", "x")).contains("but found: no header other");
    broken(() -> sent.times(2)).startsWith("Expecting a job named \"order\" 2 times, but found 1.");
    assertThatCode(sent::notOrdered).doesNotThrowAnyException();
  }

  @Test
  void deadLetterIsNotTakenForOneWithoutDelay(TestJobs jobs) {
    queue.send(JobRequest.of("a").retry(RetryPolicy.never()));
    jobs.runNext(JobRegistry.builder().handle("a", job -> job.giveUp("no")).build());

    SentJobsAssert sent = assertThat(queue).hasSent("a").inState(JobState.DEAD);
    broken(() -> sent.delayedBy(Duration.ZERO))
        .contains("delayed by PT0S, but found: a dead letter, of which it is not kept");
    broken(() -> sent.runningAt(Instant.EPOCH))
        .contains(
            "to run at 1970-01-01T00:00:00Z, but found: a dead letter, of which it is not kept");
  }

  @Test
  void foundPropertyIsNamedAlsoWhereThereIsOne() {
    queue.send(JobRequest.of("a").uniqueKey("k").priority(3).delay(Duration.ofMinutes(5)));

    SentJobsAssert sent = assertThat(queue).hasSent("a");
    broken(() -> sent.withUniqueKey("x")).contains("with unique key x, but found: unique key k");
    broken(() -> sent.withPriority(0)).contains("with priority 0, but found: priority 3");
    broken(() -> sent.delayedBy(Duration.ZERO)).contains("delayed by PT0S, but found: PT");
    broken(() -> sent.runningAt(Instant.EPOCH)).contains("to run at 1970", "but found: 2");
    broken(() -> sent.inState(JobState.READY)).contains("that is ready, but found: delayed.");
  }

  @Test
  void onlyJobIsNotOneOfMany() {
    queue.send(ORDER.request(new Order(7, "Ada")));
    queue.send(ORDER.request(new Order(8, "Ada")));

    broken(() -> assertThat(queue).hasSent(ORDER).once())
        .startsWith("Expecting a job named \"order\" once, but found 2. There are 2 jobs:");
    broken(() -> assertThat(queue).hasSent(ORDER).id()).contains("once, but found 2");
    broken(() -> assertThat(queue).hasNotSent(ORDER))
        .startsWith("Expecting no job named \"order\", but there are 2.");
  }

  @Test
  void chainNamesWhatItHasNarrowedDownTo() {
    queue.send(ORDER.request(new Order(7, "Ada")).ordered());

    broken(() -> assertThat(queue).hasSent(ORDER).ordered().inChannel("x"))
        .startsWith("Expecting a job named \"order\" in strict order in a channel named x, but");
    broken(() -> assertThat(queue).hasSent(ORDER).notOrdered())
        .contains("without order, but found: ordered");
  }

  @Test
  void ownAssertionAboutThePayloadSpeaksForItself() {
    queue.send(ORDER.request(new Order(7, "Ada")));

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                assertThat(queue)
                    .hasSent(ORDER)
                    .withPayload(
                        Order.class, order -> assertThat(order.customer()).isEqualTo("Bob")))
        .withMessageContaining("\"Ada\"")
        .satisfies(error -> assertThat(error.getSuppressed()).hasSize(1));
    broken(() -> assertThat(queue).hasSent(ORDER).withPayload(new Order(8, "Bob")))
        .contains("its payload is not equal to the expected one")
        .doesNotContain("Ada");
  }

  @Test
  void payloadOfAnotherTypeBreaksWithoutShowingIt() {
    queue.send(JobRequest.of("order").json("\"Ada\""));
    queue.send(JobRequest.of("empty"));

    broken(() -> assertThat(queue).hasSent("order").withPayload(Order.class, order -> {}))
        .doesNotContain("Ada");
    broken(() -> assertThat(queue).hasSent("empty").withPayload(Order.class, order -> {}))
        .contains("it has no JSON payload");
    broken(() -> assertThat(queue).hasSent("empty").withPayload(byte[].class, bytes -> {}))
        .contains("it has no binary payload");
  }

  @Test
  void jobOfAnOpenTransactionIsSeenByItsConnectionOnly(DataSource dataSource) throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      queue.send(connection, ORDER.request(new Order(7, "Ada")));

      assertThat(queue).hasNoJobs();
      assertThat(queue, connection).hasSent(ORDER).withPayload(new Order(7, "Ada"));

      connection.rollback();
    }
    assertThat(queue).hasNoJobs();
  }

  private static org.assertj.core.api.AbstractStringAssert<?> broken(ThrowingCallable assertion) {
    AssertionError error =
        org.assertj.core.api.Assertions.catchThrowableOfType(AssertionError.class, assertion);
    assertThat(error).as("the assertion has to break").isNotNull();
    return assertThat(error.getMessage());
  }
}
