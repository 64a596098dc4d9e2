package io.jdbcmq.jackson2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jdbcmq.jackson3.Jackson3Codec;
import io.jdbcmq.job.PayloadType;
import io.jdbcmq.spi.PayloadCodec;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class Jackson2CodecTest {
  private static final Order ORDER =
      new Order(
          UUID.fromString("0190f5fe-6c3a-7cc1-8d1f-0123456789ab"),
          Instant.parse("2026-03-29T01:30:00.123456789Z"),
          LocalDate.of(2026, 3, 29),
          Duration.ofMillis(1500),
          Optional.of("bitte klingeln \uD83D\uDD14"),
          Optional.empty(),
          Status.PAID,
          List.of(new Line("tea", 2, new BigDecimal("3.50"))),
          Map.of("ä", 1L));

  private final Jackson2Codec codec = new Jackson2Codec();

  enum Status {
    OPEN,
    PAID
  }

  record Line(String article, int count, BigDecimal price) {}

  record Order(
      UUID id,
      Instant orderedAt,
      LocalDate dueOn,
      Duration patience,
      Optional<String> note,
      Optional<Instant> paidAt,
      Status status,
      List<Line> lines,
      Map<String, Long> counts) {}

  record Greeting(String text) {}

  record GreetingOfNextVersion(
      String text, int volume, boolean loud, Optional<Instant> until, List<String> cc) {}

  record Mail(String mailAddress) {}

  @Test
  void recordComesBackAsItWas() {
    assertThat(codec.decode(codec.encode(ORDER), PayloadType.of(Order.class))).isEqualTo(ORDER);
  }

  @Test
  void whatOneVersionOfJacksonWritesTheOtherOneReads() throws Exception {
    PayloadCodec other = new Jackson3Codec();
    PayloadType<Order> type = PayloadType.of(Order.class);
    assertThat(other.decode(codec.encode(ORDER), type)).isEqualTo(ORDER);
    assertThat(codec.decode(other.encode(ORDER), type)).isEqualTo(ORDER);
    assertThat(JsonMapper.builder().build().readTree(codec.encode(ORDER)))
        .isEqualTo(JsonMapper.builder().build().readTree(other.encode(ORDER)));
  }

  @Test
  void genericTypeIsDecodedWithItsArguments() {
    PayloadType<List<Order>> orders = PayloadType.generic(List.class, Order.class);
    assertThat(codec.decode(codec.encode(List.of(ORDER)), orders)).containsExactly(ORDER);
  }

  @Test
  void timesAreWrittenAsIsoTextThatPostgresqlCanCast() {
    assertThat(codec.encode(ORDER))
        .contains("\"orderedAt\":\"2026-03-29T01:30:00.123456789Z\"")
        .contains("\"dueOn\":\"2026-03-29\"")
        .contains("\"patience\":\"PT1.5S\"");
  }

  @Test
  void oldVersionReadsWhatTheNextVersionWrites() {
    var json =
        codec.encode(
            new GreetingOfNextVersion("hi", 11, true, Optional.of(Instant.EPOCH), List.of("a")));

    assertThat(codec.decode(json, PayloadType.of(Greeting.class))).isEqualTo(new Greeting("hi"));
  }

  @Test
  void nextVersionReadsWhatTheOldVersionWrote() {
    var json = codec.encode(new Greeting("hi"));

    assertThat(codec.decode(json, PayloadType.of(GreetingOfNextVersion.class)))
        .isEqualTo(new GreetingOfNextVersion("hi", 0, false, Optional.empty(), null));
  }

  @Test
  void mapperOfTheUserKeepsItsSettings() {
    var own =
        new Jackson2Codec(
            JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build());

    assertThat(own.encode(new Mail("a@b"))).isEqualTo("{\"mail_address\":\"a@b\"}");
    assertThat(own.decode("{\"mail_address\":\"a@b\"}", PayloadType.of(Mail.class)))
        .isEqualTo(new Mail("a@b"));
    assertThatThrownBy(() -> own.decode("{\"other\":1}", PayloadType.of(Mail.class)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nullIsNoPayload() {
    assertThatThrownBy(() -> codec.decode("null", PayloadType.of(Greeting.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot read JSON as " + Greeting.class.getName() + ": it is null");
  }

  @Test
  void serviceLoaderFindsTheCodec() {
    assertThat(ServiceLoader.load(PayloadCodec.class))
        .hasAtLeastOneElementOfType(Jackson2Codec.class);
  }
}
