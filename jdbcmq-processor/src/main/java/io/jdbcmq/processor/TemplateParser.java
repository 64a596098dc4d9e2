package io.jdbcmq.processor;

import java.util.ArrayList;
import java.util.List;
import javax.lang.model.SourceVersion;

/** Splits a template into literal text and names of properties. */
final class TemplateParser {
  /** A piece of a template as it is written. */
  sealed interface Piece {}

  /** Text, with its doubled braces made single. */
  record Text(String text) implements Piece {}

  /** What is between two braces: names, none for the payload itself. */
  record Property(List<String> names) implements Piece {}

  /** A template cannot be read. */
  static final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1;

    SyntaxException(String message) {
      super(message);
    }
  }

  private final String source;
  private final List<Piece> pieces = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private int next;

  private TemplateParser(String source) {
    this.source = source;
  }

  static List<Piece> parse(String source) throws SyntaxException {
    return new TemplateParser(source).parse();
  }

  private List<Piece> parse() throws SyntaxException {
    while (next < source.length()) {
      char c = source.charAt(next);
      if (c != '{' && c != '}') {
        text.append(c);
        next++;
      } else if (source.startsWith(String.valueOf(c) + c, next)) {
        text.append(c);
        next += 2;
      } else if (c == '{') {
        endText();
        pieces.add(property());
      } else {
        throw new SyntaxException(
            "template \"%s\" has a } without a { before it, at character %d: write }} for a brace"
                .formatted(source, next + 1));
      }
    }
    endText();
    return pieces;
  }

  private void endText() {
    if (!text.isEmpty()) {
      pieces.add(new Text(text.toString()));
      text.setLength(0);
    }
  }

  private Property property() throws SyntaxException {
    int start = next;
    int end = source.indexOf('}', start);
    if (end < 0) {
      throw new SyntaxException(
          "template \"%s\" has a { that is not closed, at character %d: write {{ for a brace"
              .formatted(source, start + 1));
    }
    next = end + 1;
    String path = source.substring(start + 1, end);
    if (path.isEmpty()) {
      return new Property(List.of());
    }
    List<String> names = List.of(path.split("\\.", -1));
    if (!names.stream().allMatch(SourceVersion::isIdentifier)) {
      throw new SyntaxException(
          "template \"%s\" has {%s}, which is not the name of a property: write it as in {id} or {customer.id}"
              .formatted(source, path));
    }
    return new Property(names);
  }
}
