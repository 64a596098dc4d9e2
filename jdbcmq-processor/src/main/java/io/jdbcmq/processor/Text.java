package io.jdbcmq.processor;

import java.util.Locale;
import java.util.stream.Collectors;
import javax.lang.model.element.Element;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.type.WildcardType;

/** Names and texts for messages and sources. */
final class Text {
  private Text() {}

  /** A type as in the source: with simple names, and without annotations on it. */
  static String of(TypeMirror type) {
    if (type instanceof ArrayType array) {
      return of(array.getComponentType()) + "[]";
    }
    if (type instanceof DeclaredType declared) {
      String arguments =
          declared.getTypeArguments().stream().map(Text::of).collect(Collectors.joining(", "));
      String name = nested(declared.asElement());
      return arguments.isEmpty() ? name : name + "<" + arguments + ">";
    }
    if (type instanceof WildcardType wildcard) {
      return wildcard.getExtendsBound() != null
          ? "? extends " + of(wildcard.getExtendsBound())
          : wildcard.getSuperBound() != null ? "? super " + of(wildcard.getSuperBound()) : "?";
    }
    return type.getKind().isPrimitive()
        ? type.getKind().name().toLowerCase(Locale.ROOT)
        : type.getKind() == TypeKind.VOID ? "void" : type.toString();
  }

  /** {@code Outer.Inner}. */
  static String nested(Element type) {
    Element outer = Enclosing.of(type);
    boolean isNested = outer.getKind().isClass() || outer.getKind().isInterface();
    return (isNested ? nested(outer) + "." : "") + type.getSimpleName();
  }

  /** {@code SEND_INVOICE} of {@code sendInvoice}, {@code HTML2_PDF} of {@code html2Pdf}. */
  static String constant(String methodName) {
    return methodName
        .replaceAll("([\\p{Ll}\\d])(\\p{Lu})", "$1_$2")
        .replaceAll("(\\p{Lu})(\\p{Lu}\\p{Ll})", "$1_$2")
        .toUpperCase(Locale.ROOT);
  }

  /** The text as a literal of Java, in ASCII, so that nothing takes part of it for a line's end. */
  static String literal(String text) {
    StringBuilder literal = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                literal.append('\\').append((char) c);
              } else if (c < ' ') {
                literal.append("\\%03o".formatted(c));
              } else {
                literal.append((char) c);
              }
            });
    return ascii(literal.append('"').toString());
  }

  /** The text as HTML in Javadoc, which it cannot end. */
  static String javadoc(String text) {
    StringBuilder html = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if ((Character.isLetterOrDigit(c) && c < 128) || "-_.,:;/ ()".indexOf(c) >= 0) {
                html.appendCodePoint(c);
              } else {
                html.append("&#").append(c).append(';');
              }
            });
    return html.toString();
  }

  /**
   * The source with all characters beyond ASCII as escapes, so that names come out right whatever
   * encoding the compiler writes and reads.
   */
  static String ascii(String source) {
    StringBuilder ascii = new StringBuilder();
    source
        .chars()
        .forEach(
            c -> {
              if (c < 128) {
                ascii.append((char) c);
              } else {
                ascii.append("\\u%04x".formatted(c));
              }
            });
    return ascii.toString();
  }
}
