package io.jdbcmq.test;

import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;

/**
 * A job as it is stored, live or dead.
 *
 * @param runAt when the sender wanted it to run at the earliest; not kept of a dead letter
 * @param dueAt until when it waits, if it is delayed or reserved
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoredJob(
    UUID id,
    String name,
    Channel channel,
    JobState state,
    boolean ordered,
    int priority,
    Optional<String> uniqueKey,
    Map<String, String> headers,
    Optional<String> json,
    Optional<byte[]> bytes,
    Instant sentAt,
    Optional<Instant> runAt,
    Optional<Instant> dueAt) {
  private static final Duration MOMENT = Duration.ofSeconds(1);
  private static final String NOT_KEPT = "a dead letter, of which it is not kept";

  boolean isReady() {
    return state == JobState.READY;
  }

  /** Whether it waits for a time that has come. */
  boolean isDueBy(Instant now) {
    return state == JobState.DELAYED && dueAt.filter(at -> !at.isAfter(now)).isPresent();
  }

  /** The sender's moment, or what there is to say instead. */
  String runAtText() {
    return isDead() ? NOT_KEPT : runAt.map(Instant::toString).orElse("at once");
  }

  /** How long the sender wanted it to wait, or what there is to say instead. */
  String delayText() {
    if (isDead()) {
      return NOT_KEPT;
    }
    return delay().isZero() ? "no delay" : delay().toString();
  }

  private boolean isDead() {
    return state == JobState.DEAD;
  }

  private Duration delay() {
    return runAt.map(at -> Duration.between(sentAt, at)).orElse(Duration.ZERO);
  }

  /**
   * Whether the sender wanted it to wait for so long. Of a job with an id or a unique key of its
   * own the time of sending is read a moment after the delay has begun, later yet if it waited for
   * its place in an ordered channel.
   */
  boolean isDelayedBy(Duration expected) {
    if (isDead()) {
      return false;
    }
    Duration missing = expected.minus(delay());
    return missing.isZero()
        || (runAt.isPresent() && !missing.isNegative() && missing.compareTo(MOMENT) < 0);
  }

  /** Name, channel and state; of payload and headers no more than kind and size. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ");
    text.add(name + " in channel " + text(channel));
    text.add(state.name().toLowerCase(Locale.ROOT) + dueAt.map(at -> " until " + at).orElse(""));
    if (ordered) {
      text.add("ordered");
    }
    json.ifPresent(
        payload -> text.add("JSON payload of %,d characters".formatted(payload.length())));
    bytes.ifPresent(payload -> text.add("binary payload of %,d bytes".formatted(payload.length)));
    if (!headers.isEmpty()) {
      text.add("headers " + List.copyOf(headers.keySet()));
    }
    return text.toString();
  }

  static String text(Channel channel) {
    return channel.args().isEmpty() ? channel.name() : channel.name() + "/" + channel.args();
  }
}
