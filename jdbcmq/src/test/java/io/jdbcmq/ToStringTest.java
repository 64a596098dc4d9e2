package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.spi.JobEvent;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What objects say of themselves when somebody logs them. */
class ToStringTest {
  private static final String CANARY = "kanarienvogel";
  private static final String FORGED = "a\r\nb\u001b[31mc\u2028d\u202ee\u0085f";
  private static final String CLEANED = "a??b?[31mc?d?e?f";

  /** Names of components that hold neither a payload nor an error of a handler. */
  private static final Set<String> HARMLESS =
      Set.of(
          "jobName",
          "name",
          "args",
          "channel",
          "channelName",
          "kind",
          "host",
          "version",
          "tried",
          "operation");

  @ParameterizedTest
  @MethodSource("records")
  void aRecordLeavesPayloadsHeadersAndErrorsOut(Class<?> type) throws Exception {
    assertThat(instance(type).toString()).doesNotContain(CANARY);
  }

  @Test
  void theSearchFindsTheRecordsThatMatter() {
    assertThat(records())
        .hasSizeGreaterThan(30)
        .contains(JobEvent.Ended.class, Attempt.class, Channel.class);
  }

  @Test
  void requestsAndCheckpointsLeavePayloadsOut() {
    JobRequest request =
        JobRequest.of("job")
            .payload(new Telling())
            .bytes(CANARY.getBytes(StandardCharsets.UTF_8))
            .header(CANARY, CANARY)
            .uniqueKey(CANARY);
    assertThat(request.toString()).doesNotContain(CANARY);
    assertThat(request.json("\"" + CANARY + "\"").toString()).doesNotContain(CANARY);
    assertThat(Checkpoint.payload(new Telling()).withBytes(new byte[] {1}).toString())
        .doesNotContain(CANARY);
    assertThat(Checkpoint.json("\"" + CANARY + "\"").toString()).doesNotContain(CANARY);
  }

  /** Else a sender could write lines of its own into the log of a runner. */
  @Test
  void namesAreWrittenInOneLineWithoutControlCharacters() {
    Channel channel = new Channel(FORGED, FORGED);
    assertThat(channel).hasToString("Channel[name=%1$s, args=%1$s]".formatted(CLEANED));
    assertThat(JobRequest.of(FORGED).channel(channel).toString())
        .contains("jobName=" + CLEANED)
        .doesNotContain("\n");
    assertThat(
            new Attempt(
                new UUID(0, 1), FORGED, channel, 1, false, Instant.EPOCH, Map.of(FORGED, FORGED)))
        .hasToString("job 00000000-0000-0000-0000-000000000001 named " + CLEANED + ", attempt 1");
  }

  /** Every record of the core that can be made of values, public or not. */
  static List<Class<?>> records() {
    return new ClassFileImporter()
        .importPath(Path.of("target", "classes")).stream()
            .filter(JavaClass::isRecord)
            .<Class<?>>map(JavaClass::reflect)
            .filter(type -> !type.getSimpleName().equals("Overdue")) // the library's own words
            .filter(
                type -> Arrays.stream(type.getRecordComponents()).allMatch(ToStringTest::isValue))
            .toList();
  }

  private static boolean isValue(RecordComponent component) {
    return !value(component).equals(Optional.of(ToStringTest.class));
  }

  private static Object instance(Class<?> type) throws Exception {
    RecordComponent[] components = type.getRecordComponents();
    Constructor<?> constructor =
        type.getDeclaredConstructor(
            Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
    constructor.setAccessible(true);
    return constructor.newInstance(Stream.of(components).map(ToStringTest::value).toArray());
  }

  /** A value that is as talkative as it may be; the test itself for a type that is none. */
  private static Object value(RecordComponent component) {
    String text = HARMLESS.contains(component.getName()) ? "harmless" : CANARY;
    return value(
        component.getName(), component.getType(), component.getGenericType().toString(), text);
  }

  private static Object value(String name, Class<?> type, String generic, String text) {
    if (type == String.class) {
      return name.equals("schema") || name.equals("name") ? "harmless" : text;
    }
    if (type == Optional.class) {
      return optional(generic, text);
    }
    if (type == Map.class) {
      return Map.of(text, text);
    }
    if (type == List.class) {
      return generic.contains("String") ? List.of("harmless") : List.of();
    }
    if (type == byte[].class) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    if (type == RuntimeException.class || type == Exception.class) {
      return new IllegalStateException(text);
    }
    if (type == Throwable.class) {
      return new IllegalStateException(text, new IllegalStateException(text));
    }
    if (type == int.class || type == long.class || type == double.class || type == boolean.class) {
      return number(type);
    }
    if (type == Duration.class) {
      return Duration.ofSeconds(1);
    }
    if (type == Instant.class) {
      return Instant.EPOCH;
    }
    if (type == UUID.class) {
      return new UUID(0, 1);
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type == Channel.class) {
      return Channel.DEFAULT;
    }
    if (type == Attempt.class) {
      return new Attempt(
          new UUID(0, 1), "job", Channel.DEFAULT, 1, false, Instant.EPOCH, Map.of(text, text));
    }
    if (type == JobRequest.class) {
      return JobRequest.of("job").json("\"" + text + "\"").header(text, text);
    }
    if (type.isRecord()
        && Arrays.stream(type.getRecordComponents()).allMatch(ToStringTest::isValue)) {
      try {
        return instance(type);
      } catch (Exception e) {
        throw new IllegalStateException(type.getName(), e);
      }
    }
    return Optional.of(ToStringTest.class);
  }

  private static Object optional(String generic, String text) {
    if (generic.contains("Throwable")) {
      return Optional.of(new IllegalStateException(text));
    }
    if (generic.contains("byte[]")) {
      return Optional.of(text.getBytes(StandardCharsets.UTF_8));
    }
    return generic.contains("String") ? Optional.of(text) : Optional.empty();
  }

  private static Object number(Class<?> type) {
    if (type == int.class) {
      return 1;
    }
    if (type == long.class) {
      return 1L;
    }
    return type == double.class ? (Object) 0.5 : (Object) true;
  }

  /** A payload that tells everything. */
  private static final class Telling {
    @Override
    public String toString() {
      return CANARY;
    }
  }
}
