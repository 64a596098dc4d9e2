package io.jdbcmq.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorTextTest {
  @Test
  void keepsTheStackTrace() {
    assertThat(ErrorText.of(new IllegalStateException("broken")))
        .startsWith("java.lang.IllegalStateException: broken\n\tat io.jdbcmq.internal.runner.");
  }

  @Test
  void cannotBreakTheStatementNorFoolATerminal() {
    assertThat(
            ErrorText.of("nul \0, escape \u001b[31m, half \ud83d, whole \ud83d\udc18, c1 \u009b"))
        .isEqualTo("nul ?, escape ?[31m, half ?, whole \ud83d\udc18, c1 ?");
  }

  @Test
  void isCutWithoutHalvingACharacter() {
    assertThat(ErrorText.of("x".repeat(8191) + "\ud83d\udc18")).hasSize(8192).endsWith("x?");
  }

  @Test
  void survivesAnExceptionThatCannotDescribeItself() {
    Exception nasty =
        new Exception() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new IllegalStateException();
          }
        };
    assertThat(ErrorText.of(nasty)).contains("cannot describe itself");
  }
}
