package io.jdbcmq.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.mutation.Token.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '`',
      textBlock =
          """
          a.b>=c                    → a . b >= c
          v:=x::int[]               → v := x :: int [ ]
          1..10                     → 1 .. 10
          0.5*-1                    → 0.5 * - 1
          a<-1                      → a < - 1
          a@-1                      → a @- 1
          a<>b||c                   → a <> b || c
          x-- = y                   → x
          x /* = /* < */ > */ y     → x y
          a+/* b */c                → a + c
          'it''s = $$'='x'          → 'it''s = $$' = 'x'
          "a = ""b"" "="c"          → "a = ""b"" " = "c"
          $1+$$a = '$$              → $1 + $$a = '$$
          $f$a $$ = b$f$=c          → $f$a $$ = b$f$ = c
          e'\\' = ' = b             → e'\\' = ' = b
          U&'\\+10' < b             → U&'\\+10' < b
          mq_é_1(p)                 → mq_é_1 ( p )
          <<groups>>loop            → << groups >> loop
          """)
  void sqlIsCutWhereTheServerCutsIt(String sql, String expected) {
    assertThat(texts(sql)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'open", "\"open", "$$open", "/* open", "e'open\\", "$", "-", "a."})
  void whatIsNotClosedEndsWithTheText(String sql) {
    assertThat(Tokenizer.tokens("x " + sql)).allMatch(token -> token.end() <= sql.length() + 2);
  }

  @Test
  void tokensTellWhereTheyAre() {
    String sql = "select 'a', -- b\n \"c\"";
    List<Token> tokens = Tokenizer.tokens(sql);

    assertThat(tokens).allMatch(t -> sql.substring(t.start(), t.end()).equals(t.text()));
    assertThat(tokens)
        .extracting(Token::kind)
        .containsExactly(Kind.WORD, Kind.STRING, Kind.SYMBOL, Kind.QUOTED);
  }

  @Test
  void whatIsQuotedIsNoKeyword() {
    assertThat(Tokenizer.tokens("AND 'and' \"and\""))
        .extracting(token -> token.is("and"))
        .containsExactly(true, false, false);
  }

  private static String texts(String sql) {
    return String.join(" ", Tokenizer.tokens(sql).stream().map(Token::text).toList());
  }
}
