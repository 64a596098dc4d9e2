package io.jdbcmq.internal.sql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.jdbcmq.job.PayloadException;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
  private static final int MEBIBYTE = 1_048_576;
  private static final String BEYOND_16_BITS = "\uD83D\uDCA9";
  private static final char HIGH_HALF = '\uD83D';
  private static final char LOW_HALF = '\uDCA9';

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "-1.50",
        "0.0e0",
        "1E+2",
        "1e-2",
        "1e9999",
        "-1e-9999",
        "1e00000009999",
        "\"\"",
        "\"text\"",
        "[]",
        "{}",
        " \t\r\n[ \t\r\n] \t\r\n",
        " \t\r\n{ \t\r\n} \t\r\n",
        "[1,\"a\",null,[],{}]",
        " [ 1 , [ [ ] , { } ] ] ",
        "{\"a\":1,\"b\":{\"c\":[{}]}}",
        " { \"a\" : 1 , \"\" : { } } ",
        "{\"same\":1,\"same\":2}",
        "\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t\"",
        "\"\\u0001 \\u00e4 \\u00E4 \\uD7FF \\uE000 \\uFFFF\"",
        "\"\\uD83D\\uDCA9 \\ud83d\\udca9\"",
        "\"\\\\u0000\"",
        "\"\\\\\"",
        "\"ä € " + BEYOND_16_BITS + " \u007F \u0080 \u2028 \uFEFF \uFFFF\"",
        "{\"" + BEYOND_16_BITS + "\":1}"
      })
  void validTextsAreAccepted(String json) {
    assertThatCode(() -> JsonText.check(json)).doesNotThrowAnyException();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        arguments("", "the end of the text instead of a value", 0),
        arguments(" ", "the end of the text instead of a value", 1),
        arguments("nul", "a letter instead of a value", 0),
        arguments("NULL", "a letter instead of a value", 0),
        arguments("True", "a letter instead of a value", 0),
        arguments("truefalse", "a letter instead of the end of the text", 4),
        arguments("NaN", "a letter instead of a value", 0),
        arguments("-Infinity", "a letter instead of a digit", 1),
        arguments("'a'", "a sign instead of a value", 0),
        arguments("// no\n1", "a sign instead of a value", 0),
        arguments("1 2", "a digit instead of the end of the text", 2),
        arguments("{}{}", "a sign instead of the end of the text", 2),
        arguments("\uFEFF{}", "a sign instead of a value", 0),
        arguments("\u00A0{}", "a sign instead of a value", 0),
        arguments("\f{}", "a control character instead of a value", 0),
        arguments("{}\0", "a control character instead of the end of the text", 2),
        arguments("٣", "a sign instead of a value", 0),
        // arrays and objects
        arguments("[", "the end of the text instead of a value", 1),
        arguments("]", "a sign instead of a value", 0),
        arguments("[1", "the end of the text instead of a comma or the end of an array", 2),
        arguments("[1 2]", "a digit instead of a comma or the end of an array", 3),
        arguments("[1,]", "a sign instead of a value", 3),
        arguments("[,1]", "a sign instead of a value", 1),
        arguments("[1}", "a sign instead of a comma or the end of an array", 2),
        arguments("[}", "a sign instead of a value", 1),
        arguments("[]]", "a sign instead of the end of the text", 2),
        arguments("[1:2]", "a sign instead of a comma or the end of an array", 2),
        arguments("{", "the end of the text instead of a key in quotation marks", 1),
        arguments("{]", "a sign instead of a key in quotation marks", 1),
        arguments("{1:2}", "a digit instead of a key in quotation marks", 1),
        arguments("{a:2}", "a letter instead of a key in quotation marks", 1),
        arguments("{\"a\"}", "a sign instead of a colon", 4),
        arguments("{\"a\" 1}", "a digit instead of a colon", 5),
        arguments("{\"a\":}", "a sign instead of a value", 5),
        arguments("{\"a\":1", "the end of the text instead of a comma or the end of an object", 6),
        arguments("{\"a\":1]", "a sign instead of a comma or the end of an object", 6),
        arguments("{\"a\":1,}", "a sign instead of a key in quotation marks", 7),
        arguments("{\"a\":[{}]]", "a sign instead of a comma or the end of an object", 9),
        arguments("[{\"a\":1}}", "a sign instead of a comma or the end of an array", 8),
        // numbers
        arguments("-", "the end of the text instead of a digit", 1),
        arguments("+1", "a sign instead of a value", 0),
        arguments("01", "a digit instead of the end of the text", 1),
        arguments("-01", "a digit instead of the end of the text", 2),
        arguments(".5", "a sign instead of a value", 0),
        arguments("1.", "the end of the text instead of a digit", 2),
        arguments("1.e5", "a letter instead of a digit", 2),
        arguments("1e", "the end of the text instead of a digit", 2),
        arguments("1e+", "the end of the text instead of a digit", 3),
        arguments("0x1F", "a letter instead of the end of the text", 1),
        arguments("1_000", "a sign instead of the end of the text", 1),
        arguments("1٣", "a sign instead of the end of the text", 1),
        arguments("[1e10000]", "an exponent beyond -9999 to 9999", 3),
        arguments("[1e-10000]", "an exponent beyond -9999 to 9999", 4),
        arguments("1e99999999999999999999", "an exponent beyond -9999 to 9999", 2),
        // strings
        arguments("\"", "the end of the text instead of the end of a string", 1),
        arguments("\"a\\\"", "the end of the text instead of the end of a string", 4),
        arguments("\"\n\"", "a control character instead of the end of a string", 1),
        arguments("\"\t\"", "a control character instead of the end of a string", 1),
        arguments("\"\u001F\"", "a control character instead of the end of a string", 1),
        arguments("\"a\0\"", "a control character instead of the end of a string", 2),
        arguments("\"\\a\"", "a letter instead of an escape that JSON knows", 2),
        arguments("\"\\'\"", "a sign instead of an escape that JSON knows", 2),
        arguments("\"\\U0041\"", "a letter instead of an escape that JSON knows", 2),
        arguments("\"\\", "the end of the text instead of an escape that JSON knows", 2),
        arguments("\"\\u004\"", "a sign instead of four hexadecimal digits", 6),
        arguments("\"\\u00G0\"", "a letter instead of four hexadecimal digits", 5),
        arguments("\"\\u00٣0\"", "a sign instead of four hexadecimal digits", 5),
        arguments("\"\\u00", "the end of the text instead of four hexadecimal digits", 5),
        arguments("\"a\\u0000\"", "the character NUL, which jsonb cannot hold,", 2),
        arguments("{\"\\u0000\":1}", "the character NUL, which jsonb cannot hold,", 2),
        arguments("\"\\\\\\u0000\"", "the character NUL, which jsonb cannot hold,", 3),
        // surrogates
        arguments("\"a\\uD83D\"", halfPair(), 2),
        arguments("\"\\uD83D", halfPair(), 1),
        arguments("\"\\uD83Dabcdef\"", halfPair(), 1),
        arguments("\"\\uD83D\\n\"", halfPair(), 1),
        arguments("\"\\uD83D\\u0041\"", halfPair(), 1),
        arguments("\"\\uD83D\\uD83D\"", halfPair(), 1),
        arguments("\"\\uDCA9\"", halfPair(), 1),
        arguments("\"\\uDCA9\\uD83D\"", halfPair(), 1),
        arguments("\"\\uDCA9\\uDCA9\"", halfPair(), 1),
        arguments("\"\\uD83D" + LOW_HALF + "\"", halfPair(), 1),
        arguments("\"" + HIGH_HALF + "\\uDCA9\"", halfPair(), 1),
        arguments("\"" + HIGH_HALF + "\"", halfPair(), 1),
        arguments("\"" + HIGH_HALF, halfPair(), 1),
        arguments("\"" + LOW_HALF + HIGH_HALF + "\"", halfPair(), 1),
        arguments("\"" + BEYOND_16_BITS + LOW_HALF + "\"", halfPair(), 3));
  }

  private static String halfPair() {
    return "half of a surrogate pair, which is no character,";
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusalTellsWhatWasFoundAndWhere(String json, String found, int offset) {
    assertThatThrownBy(() -> JsonText.check(json))
        .isInstanceOf(PayloadException.class)
        .hasMessage("JSON payload cannot be stored: found " + found + " at offset " + offset);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "[%s]",
        "[1 %s]",
        "{%s}",
        "{\"a\" %s}",
        "\"%s",
        "\"%s\n\"",
        "\"%s\\u0000\"",
        "\"\\%s\"",
        "\"\\u%s\"",
        "-%s",
        "1.%s",
        "{\"%s\":}"
      })
  void refusalDoesNotQuoteThePayload(String template) {
    assertThatThrownBy(() -> JsonText.check(template.formatted("Xq7Xq7")))
        .isInstanceOf(PayloadException.class)
        .hasMessageNotContaining("X")
        .hasMessageNotContaining("q7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "\u007F", "\u0080", "\u07FF", "\u0800", "\uFFFF", BEYOND_16_BITS})
  void aMebibyteOfUtf8IsTheLimit(String character) {
    int bytesEach = character.getBytes(UTF_8).length;
    int count = (MEBIBYTE - 2) / bytesEach;
    String fits = '"' + character.repeat(count) + '"';
    String filled = fits + " ".repeat(MEBIBYTE - 2 - count * bytesEach);

    assertThatCode(() -> JsonText.check(filled)).doesNotThrowAnyException();
    assertThatThrownBy(() -> JsonText.check(filled + " "))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("at most 1048576 bytes of UTF-8 but has 1048577");
  }

  @Test
  void fiveHundredLevelsAreTheLimit() {
    JsonText.check("[".repeat(500) + "]".repeat(500));
    JsonText.check("{\"a\":".repeat(500) + "0" + "}".repeat(500));
    JsonText.check("[{\"a\":".repeat(250) + "0" + "}]".repeat(250));

    assertThatThrownBy(() -> JsonText.check("[".repeat(501) + "]".repeat(501)))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("found more than 500 nested arrays and objects at offset 500");
    assertThatThrownBy(() -> JsonText.check("{\"a\":".repeat(100_000)))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("found more than 500 nested arrays and objects at offset 2500");
  }

  @Test
  void levelsThatHaveEndedDoNotCount() {
    String deep = "[".repeat(498) + "{\"a\":1}" + "]".repeat(498);

    assertThatCode(() -> JsonText.check("[" + (deep + ",").repeat(100) + deep + "]"))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "-1", "0.", "-0."})
  void aThousandCharactersAreTheLimitOfANumber(String start) {
    String longest = start + "2".repeat(1000 - start.length());

    assertThatCode(() -> JsonText.check("[" + longest + "]")).doesNotThrowAnyException();
    assertThatThrownBy(() -> JsonText.check("[" + longest + "2]"))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("found a number of more than 1000 characters at offset 1");
  }

  @Test
  void zerosBeforeAnExponentCountAsCharactersOfTheNumber() {
    assertThatCode(() -> JsonText.check("1e" + "0".repeat(997) + "9")).doesNotThrowAnyException();
    assertThatThrownBy(() -> JsonText.check("1e" + "0".repeat(998) + "9"))
        .hasMessageContaining("found a number of more than 1000 characters at offset 0");
  }

  @Property
  void generatedJsonIsAccepted(@ForAll("json") String json) {
    JsonText.check(json);
  }

  @Property
  void jsonThatIsCutOffIsRefused(
      @ForAll("json") String json, @ForAll @IntRange(max = 1_000_000) int share) {
    String array = "[" + json + "]";
    int cut = (int) ((long) share * (array.length() - 1) / 1_000_000);

    assertThatThrownBy(() -> JsonText.check(array.substring(0, cut)))
        .isInstanceOf(PayloadException.class);
  }

  @Property
  void anyTextIsAcceptedOrRefusedAndNothingElse(@ForAll("nearlyJson") String text) {
    Throwable refusal = catchThrowable(() -> JsonText.check(text));

    if (refusal != null) {
      assertThat(refusal).isInstanceOf(PayloadException.class);
    }
  }

  @Provide
  Arbitrary<String> json() {
    return value(4).flatMap(JsonTextTest::padded);
  }

  /** Texts of signs that mean something in JSON: refused at every place of the grammar. */
  @Provide
  Arbitrary<String> nearlyJson() {
    String signs = "{ } [ ] , : \" \\ \\u \\uD83D \\uDCA9 \"a\" 0 1 - + . e E true null \t \0 ä";
    String surrogates = BEYOND_16_BITS + " " + HIGH_HALF + " " + LOW_HALF;
    return Arbitraries.of((signs + " " + surrogates).split(" "))
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }

  private static Arbitrary<String> value(int depth) {
    Arbitrary<String> scalar =
        Arbitraries.oneOf(Arbitraries.of("null", "true", "false"), number(), string());
    if (depth == 0) {
      return scalar;
    }
    Arbitrary<String> inner =
        Arbitraries.lazy(() -> value(depth - 1)).flatMap(JsonTextTest::padded);
    Arbitrary<String> member =
        Combinators.combine(string().flatMap(JsonTextTest::padded), inner)
            .as((k, v) -> k + ":" + v);
    return Arbitraries.frequencyOf(
        Tuple.of(3, scalar),
        Tuple.of(1, joined("[", inner, "]")),
        Tuple.of(1, joined("{", member, "}")));
  }

  private static Arbitrary<String> joined(String start, Arbitrary<String> part, String end) {
    return part.list().ofMaxSize(3).map(parts -> start + String.join(",", parts) + end);
  }

  private static Arbitrary<String> padded(String text) {
    Arbitrary<String> space = Arbitraries.of("", "", " ", "\r\n\t ");
    return Combinators.combine(space, space).as((before, after) -> before + text + after);
  }

  private static Arbitrary<String> number() {
    Arbitrary<String> whole = Arbitraries.longs().map(String::valueOf);
    Arbitrary<String> fraction = Arbitraries.of("", ".0", ".000125", ".9e1");
    Arbitrary<String> exponent = Arbitraries.integers().between(-9999, 9999).map(e -> "E" + e);
    return Arbitraries.oneOf(
        Combinators.combine(whole, fraction).as(String::concat),
        Combinators.combine(whole, exponent).as(String::concat));
  }

  private static Arbitrary<String> string() {
    return Arbitraries.integers()
        .between(1, Character.MAX_CODE_POINT)
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .flatMap(JsonTextTest::written)
        .list()
        .ofMaxSize(8)
        .map(characters -> '"' + String.join("", characters) + '"');
  }

  /** The ways in which a string may contain a character. */
  private static Arbitrary<String> written(int codePoint) {
    String escaped =
        Character.toString(codePoint)
            .chars()
            .mapToObj("\\u%04x"::formatted)
            .reduce("", String::concat);
    boolean mustBeEscaped = codePoint < ' ' || codePoint == '"' || codePoint == '\\';
    return mustBeEscaped
        ? Arbitraries.just(escaped)
        : Arbitraries.of(escaped, Character.toString(codePoint));
  }
}
