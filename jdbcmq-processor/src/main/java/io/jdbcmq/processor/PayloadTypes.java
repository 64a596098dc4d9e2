package io.jdbcmq.processor;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Types;

/** Tells what can be a payload, and how it is written in the generated code. */
final class PayloadTypes {
  /** What no codec makes of JSON: services, resources and threads. Subtypes included. */
  private static final Set<String> UNREADABLE =
      Set.of(
          "io.jdbcmq.JobQueue",
          "io.jdbcmq.JobRunner",
          "io.jdbcmq.JobRegistry",
          "java.io.InputStream",
          "java.io.OutputStream",
          "java.io.Reader",
          "java.io.Writer",
          "java.lang.ClassLoader",
          "java.lang.Process",
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.lang.Void",
          "java.sql.ResultSet",
          "java.sql.Wrapper",
          "java.util.Iterator",
          "java.util.concurrent.Executor",
          "java.util.concurrent.Future",
          "java.util.concurrent.locks.Lock",
          "java.util.stream.BaseStream",
          "javax.sql.CommonDataSource",
          "org.slf4j.Logger");

  private static final Set<String> FUNCTIONS =
      Set.of("java.lang.Runnable", "java.util.concurrent.Callable", "java.util.Comparator");

  private final Types types;
  private final Visibility visibility;

  PayloadTypes(Types types, Visibility visibility) {
    this.types = types;
    this.visibility = visibility;
  }

  /** What keeps the type from being a payload. */
  Optional<String> problem(TypeMirror type) {
    if (type instanceof ArrayType array) {
      return isGeneric(array.getComponentType())
          ? Optional.of(
              "an array of a type with arguments cannot be told from one of another: take a List")
          : problem(array.getComponentType());
    }
    if (type.getKind() == TypeKind.WILDCARD || type.getKind() == TypeKind.TYPEVAR) {
      return Optional.of(
          "%s does not say what to read: write a type instead".formatted(Text.of(type)));
    }
    if (type instanceof DeclaredType declared) {
      return Stream.concat(
              problemOf(declared).stream(),
              declared.getTypeArguments().stream().flatMap(each -> problem(each).stream()))
          .findFirst();
    }
    return Optional.empty();
  }

  private Optional<String> problemOf(DeclaredType type) {
    TypeElement element = (TypeElement) type.asElement();
    if (!visibility.canName(types.erasure(type))) {
      return Optional.of(
          "the generated class cannot use %s: make it package-private or public"
              .formatted(Text.nested(element)));
    }
    if (!element.getTypeParameters().isEmpty() && type.getTypeArguments().isEmpty()) {
      return Optional.of(
          "%s has type parameters: write its arguments, too".formatted(Text.nested(element)));
    }
    if (element.getKind().isClass()
        && Enclosing.of(element).getKind() != ElementKind.PACKAGE
        && !element.getModifiers().contains(Modifier.STATIC)) {
      return Optional.of(
          "%s is an inner class, which cannot be made without an object of its outer class: make it static"
              .formatted(Text.nested(element)));
    }
    return isReadable(element)
        ? Optional.empty()
        : Optional.of(
            "%s cannot be read from JSON: if it is an object of the registry, mark the parameter @Context"
                .formatted(Text.nested(element)));
  }

  private static boolean isReadable(TypeElement type) {
    String name = type.getQualifiedName().toString();
    return !FUNCTIONS.contains(name)
        && !name.startsWith("java.util.function.")
        && !isUnreadable(type);
  }

  private static boolean isUnreadable(TypeElement type) {
    return UNREADABLE.contains(type.getQualifiedName().toString())
        || Stream.concat(Stream.of(type.getSuperclass()), type.getInterfaces().stream())
            .filter(DeclaredType.class::isInstance)
            .anyMatch(parent -> isUnreadable((TypeElement) ((DeclaredType) parent).asElement()));
  }

  private static boolean isGeneric(TypeMirror type) {
    if (type instanceof ArrayType array) {
      return isGeneric(array.getComponentType());
    }
    return type instanceof DeclaredType declared && !declared.getTypeArguments().isEmpty();
  }

  /** {@code byte[]} is no JSON: it goes as it is. */
  static boolean isBinary(TypeMirror type) {
    return type instanceof ArrayType array && array.getComponentType().getKind() == TypeKind.BYTE;
  }

  /** The type as an argument of a generic type. */
  static TypeName boxed(TypeMirror type) {
    TypeName name = TypeName.get(type);
    return name.isPrimitive() ? name.box() : name;
  }

  /** An expression that names the type for {@code JobType.of}. */
  static CodeBlock code(TypeMirror type) {
    if (!isGeneric(type)) {
      return CodeBlock.of("$T.class", boxed(type));
    }
    return CodeBlock.of("$T.<$T>generic($L)", Names.PAYLOAD_TYPE, boxed(type), arguments(type));
  }

  private static CodeBlock arguments(TypeMirror type) {
    DeclaredType declared = (DeclaredType) type;
    CodeBlock raw = CodeBlock.of("$T.class", rawName(declared));
    return Stream.concat(
            Stream.of(raw), declared.getTypeArguments().stream().map(PayloadTypes::argument))
        .collect(CodeBlock.joining(", "));
  }

  private static CodeBlock argument(TypeMirror type) {
    return isGeneric(type)
        ? CodeBlock.of("$T.generic($L).type()", Names.PAYLOAD_TYPE, arguments(type))
        : CodeBlock.of("$T.class", TypeName.get(type));
  }

  static TypeName rawName(DeclaredType type) {
    return ClassName.get((TypeElement) type.asElement());
  }
}
