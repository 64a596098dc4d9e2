package io.jdbcmq.processor;

import com.palantir.javapoet.TypeName;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.TypeMirror;

/** A parameter of a {@code @Job} method, by what it is given. */
sealed interface Parameter {
  /** The run. */
  record CurrentJob() implements Parameter {}

  /** The connection of a transactional job. */
  record Connection() implements Parameter {}

  /** The decoded payload. */
  record Payload(VariableElement element) implements Parameter {
    TypeMirror type() {
      return element.asType();
    }
  }

  /** An object of the registry. */
  record Context(TypeName type) implements Parameter {}
}
