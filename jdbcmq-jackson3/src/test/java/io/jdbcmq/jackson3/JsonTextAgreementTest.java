package io.jdbcmq.jackson3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.internal.sql.JsonText;
import io.jdbcmq.job.PayloadException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/** The check that the core makes by itself, against a JSON library. */
class JsonTextAgreementTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Pattern ESCAPE_BEYOND_ASCII =
      Pattern.compile("\\\\u\\p{XDigit}{0,3}[^\\x00-\\x7F]");
  private static final Pattern LARGE_EXPONENT = Pattern.compile(".*[eE][+-]?0*[1-9]\\d{4,}");

  private final Jackson3Codec codec = new Jackson3Codec();

  /** Puts a text in the place of some characters. */
  record Mutation(double place, int length, String text) {
    String of(String json) {
      int start = (int) (place * json.length());
      int end = Math.min(json.length(), start + length);
      return json.substring(0, start) + text + json.substring(end);
    }
  }

  @Property
  void whatJacksonWritesIsAccepted(@ForAll("values") Object value) {
    JsonText.check(codec.encode(value));
    JsonText.check(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value));
  }

  @Property(tries = 5000)
  void bothAgreeOnMutatedTexts(
      @ForAll("values") Object value,
      @ForAll @Size(min = 1, max = 2) List<@From("mutations") Mutation> mutations) {
    String json = codec.encode(value);
    for (Mutation mutation : mutations) {
      json = mutation.of(json);
    }
    Assume.that(!isReadTooKindly(json));

    assertThat(acceptedByCore(json)).as(visible(json)).isEqualTo(acceptedByJackson(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "a\uD83D", "\uDCA9", "\uDCA9\uD83D"})
  void stringsThatPostgresqlCannotHoldAreRefusedAsJacksonWritesThem(String text) {
    assertThatThrownBy(() -> JsonText.check(codec.encode(text)))
        .isInstanceOf(PayloadException.class);
    assertThatThrownBy(() -> JsonText.check(codec.encode(List.of(text))))
        .isInstanceOf(PayloadException.class);
  }

  @Test
  void longestNumberThatJacksonReadsIsAccepted() {
    String longest = codec.encode(BigInteger.TEN.pow(999));

    assertThat(acceptedByCore(longest)).isTrue();
    assertThat(acceptedByJackson(longest)).isTrue();
    assertThat(acceptedByCore(longest + "0")).isFalse();
    assertThat(acceptedByJackson(longest + "0")).isFalse();
  }

  /**
   * Jackson 3.2 looks at the last eight bits of a hexadecimal digit only, so that it takes {@code
   * \\u001İ}, and joins half a pair that is escaped with half a pair that is not.
   */
  private static boolean isReadTooKindly(String json) {
    return ESCAPE_BEYOND_ASCII.matcher(json).find()
        || json.codePoints().anyMatch(JsonTextAgreementTest::isNulOrHalfPair);
  }

  private static boolean acceptedByCore(String json) {
    try {
      JsonText.check(json);
      return true;
    } catch (PayloadException e) {
      return false;
    }
  }

  /** Whether it is strict JSON without what jsonb cannot hold. */
  private static boolean acceptedByJackson(String json) {
    try {
      return !MAPPER.readTree(json).isMissingNode() && fitsJsonb(json);
    } catch (JacksonException e) {
      return false;
    }
  }

  private static boolean fitsJsonb(String json) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        String text = parser.getString();
        boolean isText = token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME;
        if (isText && text.codePoints().anyMatch(JsonTextAgreementTest::isNulOrHalfPair)) {
          return false;
        }
        if (token.isNumeric() && LARGE_EXPONENT.matcher(text).matches()) {
          return false;
        }
      }
      return true;
    }
  }

  /** As a Java literal, because reports lose control characters. */
  private static String visible(String text) {
    return text.chars()
        .mapToObj(c -> c >= ' ' && c < 0x7F ? Character.toString(c) : "\\u%04x".formatted(c))
        .collect(Collectors.joining());
  }

  private static boolean isNulOrHalfPair(int c) {
    return c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  @Provide
  Arbitrary<Object> values() {
    return value(3);
  }

  @Provide
  Arbitrary<Mutation> mutations() {
    String signs =
        "{ } [ ] , : \" \\ \\u \\u0000 \\u12aF \\uD83D \\uDCA9 \\n 0 12 - + . e E e5 true null \t \n"
            + " ' // ä \uD83D\uDCA9 \u001F \uFEFF \u00A0";
    Arbitrary<String> text = Arbitraries.of(signs.split(" "));
    return Combinators.combine(
            Arbitraries.doubles().between(0, 1), Arbitraries.integers().between(0, 2), text)
        .as(Mutation::new);
  }

  private static Arbitrary<Object> value(int depth) {
    Arbitrary<Object> scalar = scalar();
    if (depth == 0) {
      return scalar;
    }
    Arbitrary<Object> inner = Arbitraries.lazy(() -> value(depth - 1));
    return Arbitraries.frequencyOf(
        Tuple.of(2, scalar),
        Tuple.of(1, inner.list().ofMaxSize(3).map(list -> list)),
        Tuple.of(1, Arbitraries.maps(string(), inner).ofMaxSize(3).map(map -> map)));
  }

  private static Arbitrary<Object> scalar() {
    return Arbitraries.oneOf(
        string(),
        Arbitraries.longs(),
        Arbitraries.doubles(),
        Arbitraries.floats(),
        Arbitraries.bigDecimals().ofScale(9).map(d -> d.scaleByPowerOfTen(-500)),
        Arbitraries.of(
            true,
            Double.NaN,
            Double.NEGATIVE_INFINITY,
            Double.MIN_VALUE,
            Double.MAX_VALUE,
            new BigDecimal("1E+9999"),
            new BigDecimal("-0.00"),
            BigInteger.TEN.pow(400),
            Instant.MAX,
            new byte[] {1, 2}));
  }

  private static Arbitrary<String> string() {
    return Arbitraries.integers()
        .between(1, Character.MAX_CODE_POINT)
        .filter(c -> !isNulOrHalfPair(c))
        .map(Character::toString)
        .list()
        .ofMaxSize(6)
        .map(characters -> String.join("", characters));
  }
}
