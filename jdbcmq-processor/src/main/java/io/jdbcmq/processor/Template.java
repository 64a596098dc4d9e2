package io.jdbcmq.processor;

import com.palantir.javapoet.CodeBlock;
import java.util.List;
import java.util.stream.Collectors;

/** A text with properties of the payload, resolved to expressions. */
record Template(String source, List<Part> parts) {
  /** A piece of a template. */
  sealed interface Part {}

  /** Stands for itself. */
  record Literal(String text) implements Part {}

  /** A property of the payload: {@code .customer().id}, empty for the payload itself. */
  record Access(String path) implements Part {}

  boolean isConstant() {
    return parts.stream().allMatch(Literal.class::isInstance);
  }

  /** The text without its properties. */
  String literal() {
    return parts.stream()
        .filter(Literal.class::isInstance)
        .map(part -> ((Literal) part).text())
        .collect(Collectors.joining());
  }

  /** An expression of type String, in terms of a variable {@code payload}. */
  CodeBlock code() {
    if (isConstant()) {
      return CodeBlock.of("$L", Text.literal(literal()));
    }
    return parts.stream().map(this::code).collect(CodeBlock.joining(" + "));
  }

  private CodeBlock code(Part part) {
    if (part instanceof Access access) {
      return CodeBlock.of(
          "$T.text(payload$L, $L)", Names.JOB_BINDINGS, access.path(), Text.literal(source));
    }
    return CodeBlock.of("$L", Text.literal(((Literal) part).text()));
  }
}
