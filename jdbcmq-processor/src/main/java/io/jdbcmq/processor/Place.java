package io.jdbcmq.processor;

import javax.annotation.processing.Messager;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.tools.Diagnostic.Kind;

/** Where in the sources something is wrong, as exactly as it is known. */
sealed interface Place {
  /** Reports an error here. */
  void error(Messager messager, String message);

  /** A declaration. */
  record Declaration(Element element) implements Place {
    @Override
    public void error(Messager messager, String message) {
      messager.printMessage(Kind.ERROR, message, element);
    }
  }

  /** A value that is written in an annotation. */
  record Value(Element element, AnnotationMirror annotation, AnnotationValue value)
      implements Place {
    @Override
    public void error(Messager messager, String message) {
      messager.printMessage(Kind.ERROR, message, element, annotation, value);
    }
  }
}
