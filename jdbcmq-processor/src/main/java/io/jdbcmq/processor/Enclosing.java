package io.jdbcmq.processor;

import java.util.Objects;
import javax.lang.model.element.Element;

/** What a declaration is in. */
final class Enclosing {
  private Enclosing() {}

  /** The class of a member, the method of a parameter, the package of a top-level class. */
  static Element of(Element element) {
    return Objects.requireNonNull(element.getEnclosingElement(), "only modules are in nothing");
  }
}
