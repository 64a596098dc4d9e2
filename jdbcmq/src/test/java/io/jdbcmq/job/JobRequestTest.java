package io.jdbcmq.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobRequestTest {
  private static final JobRequest PLAIN = JobRequest.of("send-invoice");
  private static final UUID ID = UUID.fromString("0190f5fe-6c3a-7cc1-8d1f-0123456789ab");
  private static final Instant NOON = Instant.parse("2026-03-29T12:00:00Z");
  private static final int MEBIBYTE = 1_048_576;
  private static final String SECRET = "Xq7Xq7";

  /** A payload that must not be asked for a text, which may end up in a log. */
  record Silent(String text) {
    @Override
    public String toString() {
      throw new AssertionError("a payload was turned into text");
    }
  }

  @Test
  void plainRequestRunsAtOnceInTheDefaultChannelWithoutPayload() {
    assertThat(PLAIN)
        .returns("send-invoice", JobRequest::jobName)
        .returns(Channel.DEFAULT, JobRequest::channel)
        .returns(RetryPolicy.standard(), JobRequest::retryPolicy)
        .returns(0, JobRequest::priority)
        .returns(Duration.ZERO, JobRequest::delay)
        .returns(Map.of(), JobRequest::headers);
    assertThat(List.of(PLAIN.id(), PLAIN.runAt(), PLAIN.payload(), PLAIN.json(), PLAIN.bytes()))
        .allMatch(Optional::isEmpty);
    assertThat(List.of(PLAIN.onDeath(), PLAIN.timeout(), PLAIN.uniqueKey()))
        .allMatch(Optional::isEmpty);
    assertThat(PLAIN.isOrdered()).isFalse();
  }

  @Test
  void requestHoldsWhatItWasGiven() {
    var payload = new Silent(SECRET);
    var request =
        PLAIN
            .id(ID)
            .channel("email", "tenant-1")
            .retry(RetryPolicy.never())
            .priority(-5)
            .ordered(OnDeath.BLOCK)
            .timeout(Duration.ofSeconds(30))
            .uniqueKey("order-7")
            .delay(Duration.ofMinutes(5))
            .payload(payload)
            .bytes(new byte[] {1, 2})
            .header("a", "1")
            .header("b", "");

    assertThat(request)
        .returns(new Channel("email", "tenant-1"), JobRequest::channel)
        .returns(RetryPolicy.never(), JobRequest::retryPolicy)
        .returns(-5, JobRequest::priority)
        .returns(Duration.ofMinutes(5), JobRequest::delay)
        .returns(Map.of("a", "1", "b", ""), JobRequest::headers);
    assertThat(request.id()).contains(ID);
    assertThat(request.isOrdered()).isTrue();
    assertThat(request.onDeath()).contains(OnDeath.BLOCK);
    assertThat(request.timeout()).contains(Duration.ofSeconds(30));
    assertThat(request.uniqueKey()).contains("order-7");
    assertThat(request.payload().orElseThrow()).isSameAs(payload);
    assertThat(request.bytes().orElseThrow()).containsExactly(1, 2);
  }

  static Stream<Named<UnaryOperator<JobRequest>>> changes() {
    return Stream.of(
        named("id", request -> request.id(UUID.fromString("00000000-0000-0000-0000-000000000001"))),
        named("channel name", request -> request.channel("other")),
        named("channel", request -> request.channel("email", "tenant-2")),
        named("retry", request -> request.retry(RetryPolicy.of(9, Duration.ZERO))),
        named("priority", request -> request.priority(7)),
        named("ordered", request -> request.ordered()),
        named("ordered and blocking", request -> request.ordered(OnDeath.BLOCK)),
        named("timeout", request -> request.timeout(Duration.ofDays(1))),
        named("unique key", request -> request.uniqueKey("other")),
        named("delay", request -> request.delay(Duration.ofDays(1))),
        named("run-at", request -> request.runAt(NOON)),
        named("payload", request -> request.payload("other")),
        named("json", request -> request.json("{}")),
        named("bytes", request -> request.bytes(new byte[9])),
        named("header", request -> request.header("b", "2")),
        named("same header", request -> request.header("a", "2")));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void changeIsMadeToACopy(UnaryOperator<JobRequest> change) {
    var request = PLAIN.id(ID).payload("mine").bytes(new byte[1]).header("a", "1");
    var before = values(request);

    var changed = change.apply(request);

    assertThat(values(request)).isEqualTo(before);
    assertThat(values(changed)).isNotEqualTo(before);
    assertThat(changed.jobName()).isEqualTo(request.jobName());
  }

  @Test
  void bytesAreCopiedOnTheirWayInAndOut() {
    byte[] mine = {1, 2};
    var request = PLAIN.bytes(mine);

    mine[0] = 9;
    request.bytes().orElseThrow()[1] = 9;

    assertThat(request.bytes().orElseThrow()).containsExactly(1, 2);
  }

  @Test
  void headersCannotBeChangedFromOutside() {
    var headers = PLAIN.header("a", "1").headers();

    assertThatThrownBy(() -> headers.put("b", "2"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> PLAIN.headers().put("b", "2"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void objectAndTextReplaceEachOther() {
    var object = PLAIN.json("{}").payload("object");
    var text = PLAIN.payload("object").json("{}");

    assertThat(object.json()).isEmpty();
    assertThat(object.payload()).contains("object");
    assertThat(text.payload()).isEmpty();
    assertThat(text.json()).contains("{}");
  }

  @Test
  void delayAndMomentReplaceEachOther() {
    var delayed = PLAIN.runAt(NOON).delay(Duration.ofSeconds(1));
    var dated = PLAIN.delay(Duration.ofSeconds(1)).runAt(NOON);

    assertThat(delayed.runAt()).isEmpty();
    assertThat(delayed.delay()).isEqualTo(Duration.ofSeconds(1));
    assertThat(dated.runAt()).contains(NOON);
    assertThat(dated.delay()).isZero();
  }

  @Test
  void textOfARequestShowsNoPayload() {
    var request =
        PLAIN
            .channel("email")
            .payload(new Silent(SECRET))
            .bytes(SECRET.getBytes(UTF_8))
            .header("key", SECRET);

    assertThat(request.toString()).contains("send-invoice", "email").doesNotContain(SECRET);
    assertThat(request.json('"' + SECRET + '"').toString()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @CsvSource({"a,500", "ä,250", "€,166", "\uD83D\uDCEC,125"})
  void fiveHundredBytesAreTheLimitOfAJobName(String character, int count) {
    String longest = character.repeat(count);

    assertThat(JobRequest.of(longest).jobName()).isEqualTo(longest);
    assertThatThrownBy(() -> JobRequest.of(longest + character))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("job name must have 1 to 500 bytes of UTF-8 but had 50");
    assertThatThrownBy(() -> JobRequest.of("")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-32_768, 0, 32_767})
  void priorityWithinLimits(int priority) {
    assertThat(PLAIN.priority(priority).priority()).isEqualTo(priority);
  }

  @ParameterizedTest
  @ValueSource(ints = {-32_769, 32_768, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void priorityBeyondLimits(int priority) {
    assertThatThrownBy(() -> PLAIN.priority(priority))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("priority must be -32,768 to 32,767 but was " + priority);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.001S", "P36500D"})
  void delayWithinLimits(Duration delay) {
    assertThat(PLAIN.delay(delay).delay()).isEqualTo(delay);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-0.000000001S", "P36500DT0.000000001S", "PT2562047788015215H"})
  void delayBeyondLimits(Duration delay) {
    assertThatThrownBy(() -> PLAIN.delay(delay))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("delay must be PT0S to PT876000H but was " + delay);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.001S", "P36500D"})
  void timeoutWithinLimits(Duration timeout) {
    assertThat(PLAIN.timeout(timeout).timeout()).contains(timeout);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-1S", "PT0S", "PT0.000999999S", "P36500DT0.000000001S"})
  void timeoutBeyondLimits(Duration timeout) {
    assertThatThrownBy(() -> PLAIN.timeout(timeout))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must be PT0.001S to PT876000H but was " + timeout);
  }

  @Test
  void aThousandBytesAreTheLimitOfAUniqueKey() {
    assertThat(PLAIN.uniqueKey("k".repeat(1000)).uniqueKey()).contains("k".repeat(1000));
    assertThatThrownBy(() -> PLAIN.uniqueKey("k".repeat(999) + "ä"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unique key must have 1 to 1000 bytes of UTF-8 but had 1001");
    assertThatThrownBy(() -> PLAIN.uniqueKey("")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"})
  void momentWithinLimits(Instant runAt) {
    assertThat(PLAIN.runAt(runAt).runAt()).contains(runAt);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1969-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59.000000001Z",
        "-1000000000-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z"
      })
  void momentBeyondLimits(Instant runAt) {
    assertThatThrownBy(() -> PLAIN.runAt(runAt))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("run-at must be 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z");
  }

  @Test
  void aMebibyteIsTheLimitOfBytes() {
    assertThat(PLAIN.bytes(new byte[0]).bytes().orElseThrow()).isEmpty();
    assertThat(PLAIN.bytes(new byte[MEBIBYTE]).bytes().orElseThrow()).hasSize(MEBIBYTE);
    assertThatThrownBy(() -> PLAIN.bytes(new byte[MEBIBYTE + 1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("binary payload must have at most 1048576 bytes but had 1048577");
  }

  @Test
  void sixtyFourHeadersAreTheLimit() {
    var full = PLAIN;
    for (int i = 0; i < 64; i++) {
      full = full.header("key-" + i, "value");
    }
    var request = full;

    assertThat(request.headers()).hasSize(64);
    assertThat(request.header("key-0", "other").headers())
        .hasSize(64)
        .containsEntry("key-0", "other");
    assertThatThrownBy(() -> request.header("one-more", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("headers must be at most 64 and 16384 bytes in all but were 65 and");
  }

  @Test
  void sixteenKibibytesAreTheLimitOfHeaders() {
    var request = PLAIN.header("ä", "€".repeat(5460)); // 2 and 16,380 bytes

    assertThat(request.header("a", "b").headers()).hasSize(2);
    assertThatThrownBy(() -> request.header("a", "bc"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but were 2 and 16385");
  }

  @Test
  void keysOfHeadersHaveOneToAThousandBytes() {
    assertThat(PLAIN.header("k".repeat(1000), "").headers()).hasSize(1);
    assertThatThrownBy(() -> PLAIN.header("k".repeat(1001), ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PLAIN.header("", "")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\uD83D", "\uDCEC", "\uDCEC\uD83D"})
  void textThatPostgresqlCannotStoreIsRefused(String text) {
    Stream<Function<String, JobRequest>> places =
        Stream.of(
            JobRequest::of,
            PLAIN::channel,
            args -> PLAIN.channel("email", args),
            PLAIN::uniqueKey,
            key -> PLAIN.header(key, "value"),
            value -> PLAIN.header("key", value));

    assertThat(places)
        .allSatisfy(
            place ->
                assertThatThrownBy(() -> place.apply(text))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .containsPattern("NUL|valid Unicode"));
  }

  @Test
  void nullIsRefusedAtOnce() {
    Stream<UnaryOperator<JobRequest>> places =
        Stream.of(
            request -> request.id(null),
            request -> request.channel((String) null),
            request -> request.channel((Channel) null),
            request -> request.retry(null),
            request -> request.ordered(null),
            request -> request.timeout(null),
            request -> request.uniqueKey(null),
            request -> request.delay(null),
            request -> request.runAt(null),
            request -> request.payload(null),
            request -> request.json(null),
            request -> request.bytes(null),
            request -> request.header(null, ""),
            request -> request.header("key", null));

    assertThat(places)
        .allSatisfy(place -> assertThatNullPointerException().isThrownBy(() -> place.apply(PLAIN)));
  }

  private static List<Object> values(JobRequest request) {
    return List.of(
        request.jobName(),
        request.id(),
        request.channel(),
        request.retryPolicy(),
        request.priority(),
        request.onDeath(),
        request.timeout(),
        request.uniqueKey(),
        request.delay(),
        request.runAt(),
        request.payload(),
        request.json(),
        request.bytes().map(bytes -> bytes.length),
        request.headers());
  }
}
