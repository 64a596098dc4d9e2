package io.jdbcmq.jackson2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jdbcmq.job.PayloadType;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactedTest {
  private static final String SECRET = "Xq7Xq7";

  private final Jackson2Codec codec = new Jackson2Codec();

  enum Status {
    OPEN
  }

  record Account(String iban) {
    Account {
      checked(iban);
    }
  }

  record Order(
      int count,
      boolean paid,
      Instant paidAt,
      URI link,
      UUID id,
      Status status,
      List<Account> accounts,
      Map<String, Integer> counts,
      Map<Status, Integer> states) {}

  record Leaky(String iban) {
    public String getChecked() {
      return checked(iban);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "\"%s\"",
        "{\"%s",
        "{\"count\":\"%s\"}",
        "{\"count\":1 %s}",
        "{\"paid\":\"%s\"}",
        "{\"paidAt\":\"%s\"}",
        "{\"link\":\":%s\"}",
        "{\"id\":\"%s\"}",
        "{\"status\":\"%s\"}",
        "{\"accounts\":[{\"iban\":\"%s\"}]}",
        "{\"accounts\":[\"%s\"]}",
        "{\"accounts\":\"%s\"}",
        "{\"counts\":{\"%s\":\"%s\"}}",
        "{\"states\":{\"%s\":1}}"
      })
  void neitherMessagesNorCausesQuoteThePayload(String template) {
    var thrown =
        catchThrowable(
            () -> codec.decode(template.replace("%s", SECRET), PayloadType.of(Order.class)));

    assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
    assertThat(asLogged(thrown))
        .contains("cannot read JSON as " + Order.class.getName())
        .doesNotContain("Xq7");
  }

  @Test
  void messageTellsWhatWasExpectedAndWhere() {
    var thrown =
        catchThrowable(
            () -> codec.decode("{\"count\":1,\n\"paidAt\":\"soon\"}", PayloadType.of(Order.class)));

    assertThat(thrown)
        .hasMessageContaining("InvalidFormatException")
        .hasMessageContaining("expected java.time.Instant, at .paidAt, line 2, column 10");
  }

  @Test
  void keysOfMapsAreLeftOut() {
    var thrown =
        catchThrowable(
            () -> codec.decode("{\"counts\":{\"Anna\":\"x\"}}", PayloadType.of(Order.class)));

    assertThat(thrown).hasMessageContaining("expected java.lang.Integer, at .counts[key], line 1");
  }

  @Test
  void stackTraceLeadsToTheConstructorThatThrew() {
    var json = "{\"accounts\":[{\"iban\":\"" + SECRET + "\"}]}";

    var thrown = catchThrowable(() -> codec.decode(json, PayloadType.of(Order.class)));

    assertThat(thrown)
        .hasMessageContaining("caused by java.lang.IllegalStateException")
        .hasMessageContaining("at .accounts[0]");
    assertThat(thrown.getStackTrace())
        .extracting(StackTraceElement::getClassName)
        .contains(Account.class.getName(), Jackson2Codec.class.getName());
  }

  @Test
  void failureToEncodeIsRedactedToo() {
    var thrown = catchThrowable(() -> codec.encode(List.of(Map.of("key", new Leaky(SECRET)))));

    assertThat(thrown)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as JSON")
        .hasMessageContaining("caused by java.lang.IllegalStateException, at [0][key].checked");
    assertThat(asLogged(thrown)).doesNotContain("Xq7");
  }

  @Test
  void exceptionThatTheMapperDoesNotWrapIsRedactedToo() {
    var unwrapping =
        new Jackson2Codec(
            JsonMapper.builder().disable(SerializationFeature.WRAP_EXCEPTIONS).build());

    var thrown = catchThrowable(() -> unwrapping.encode(new Leaky(SECRET)));

    assertThat(thrown)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.IllegalStateException");
    assertThat(asLogged(thrown)).doesNotContain("Xq7");
  }

  private static String checked(String iban) {
    if (iban.contains(SECRET)) {
      throw new IllegalStateException("not an IBAN: " + iban);
    }
    return iban;
  }

  private static String asLogged(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
