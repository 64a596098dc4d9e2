package io.jdbcmq.jackson3;

import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator;

/** Asked by Jackson before it reads a type whose JSON names a class. */
final class ClassNamesDenied extends PolymorphicTypeValidator.Base {
  private static final long serialVersionUID = 1L;

  @Override
  public Validity validateBaseType(DatabindContext context, JavaType baseType) {
    return context.reportBadDefinition(
        baseType,
        baseType.getRawClass().getName()
            + " lets JSON choose a class, which is refused: use @JsonTypeInfo(use = Id.NAME)");
  }
}
