package io.jdbcmq.jackson2;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.jsontype.PolymorphicTypeValidator;

/** Asked by Jackson before it reads a type whose JSON names a class. */
final class ClassNamesDenied extends PolymorphicTypeValidator.Base {
  private static final long serialVersionUID = 1L;

  @Override
  public Validity validateBaseType(MapperConfig<?> config, JavaType baseType) {
    throw new IllegalArgumentException( // Jackson makes a definition error of it
        baseType.getRawClass().getName()
            + " lets JSON choose a class, which is refused: use @JsonTypeInfo(use = Id.NAME)");
  }
}
