package io.jdbcmq.jackson2;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tells what Jackson has to say without the values that it quotes: messages of exceptions end up in
 * logs and in the history of a job, payloads should not.
 */
final class Redacted {
  private static final int MAX_PATH = 20;

  private Redacted() {}

  /** With the stack trace of where it went wrong, in a constructor of the payload perhaps. */
  static IllegalArgumentException exception(String tried, Exception e) {
    Throwable root = rootOf(e);
    var redacted = new IllegalArgumentException(tried + ": " + reason(e, root));
    redacted.setStackTrace(root.getStackTrace());
    return redacted;
  }

  private static String reason(Exception e, Throwable root) {
    if (root instanceof StreamConstraintsException limit) { // wrapped once per level of nesting
      return limit.getOriginalMessage();
    }
    String reason =
        e instanceof InvalidDefinitionException definition // is about classes
            ? definition.getOriginalMessage()
            : name(e);
    if (root != e) {
      reason += ", caused by " + name(root);
    }
    if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      reason += ", expected " + mismatch.getTargetType().getName();
    }
    return e instanceof JsonProcessingException jackson ? reason + place(jackson) : reason;
  }

  private static String place(JsonProcessingException e) {
    String path =
        e instanceof JsonMappingException mapping
            ? mapping.getPath().stream()
                .limit(MAX_PATH)
                .map(Redacted::step)
                .collect(Collectors.joining())
            : "";
    JsonLocation location = e.getLocation();
    return (path.isEmpty() ? "" : ", at " + path)
        + (location == null || location.getLineNr() < 1
            ? ""
            : ", line " + location.getLineNr() + ", column " + location.getColumnNr());
  }

  private static String step(JsonMappingException.Reference reference) {
    if (reference.getFieldName() == null) {
      return "[" + reference.getIndex() + "]";
    }
    return isMap(reference.getFrom()) ? "[key]" : "." + reference.getFieldName();
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
