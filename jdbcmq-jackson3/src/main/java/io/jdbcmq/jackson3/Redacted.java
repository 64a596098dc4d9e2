package io.jdbcmq.jackson3;

import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.exc.MismatchedInputException;

/**
 * Tells what Jackson has to say without the values that it quotes: messages of exceptions end up in
 * logs and in the history of a job, payloads should not.
 */
final class Redacted {
  private static final int MAX_PATH = 20;

  private Redacted() {}

  /** With the stack trace of where it went wrong, in a constructor of the payload perhaps. */
  static IllegalArgumentException exception(String tried, RuntimeException e) {
    Throwable root = rootOf(e);
    var redacted = new IllegalArgumentException(tried + ": " + reason(e, root));
    redacted.setStackTrace(root.getStackTrace());
    return redacted;
  }

  private static String reason(RuntimeException e, Throwable root) {
    String reason = mayBeQuoted(e) ? ((JacksonException) e).getOriginalMessage() : name(e);
    if (root != e) {
      reason += ", caused by " + name(root);
    }
    if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      reason += ", expected " + mismatch.getTargetType().getName();
    }
    return e instanceof JacksonException jackson ? reason + place(jackson) : reason;
  }

  /** Messages about classes, and about limits. */
  private static boolean mayBeQuoted(RuntimeException e) {
    return e instanceof InvalidDefinitionException || e instanceof StreamConstraintsException;
  }

  private static String place(JacksonException e) {
    String path =
        e.getPath().stream().limit(MAX_PATH).map(Redacted::step).collect(Collectors.joining());
    TokenStreamLocation location = e.getLocation();
    return (path.isEmpty() ? "" : ", at " + path)
        + (location == null || location.getLineNr() < 1
            ? ""
            : ", line " + location.getLineNr() + ", column " + location.getColumnNr());
  }

  private static String step(JacksonException.Reference reference) {
    if (reference.getPropertyName() == null) {
      return "[" + reference.getIndex() + "]";
    }
    return isMap(reference.from()) ? "[key]" : "." + reference.getPropertyName();
  }

  private static boolean isMap(Object from) {
    return from instanceof Map
        || (from instanceof Class<?> type && Map.class.isAssignableFrom(type));
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static String name(Throwable e) {
    return e.getClass().getName();
  }
}
