package io.jdbcmq.processor;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.ExecutableType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.type.TypeVariable;
import javax.lang.model.type.WildcardType;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;

/** Finds how a property of a type is read. */
final class Properties {
  private static final Set<String> OPTIONALS =
      Set.of(
          "java.util.Optional",
          "java.util.OptionalInt",
          "java.util.OptionalLong",
          "java.util.OptionalDouble");

  /**
   * A property.
   *
   * @param code {@code id()} or {@code id}
   */
  record Found(String code, TypeMirror type) {}

  /** A property cannot be used. */
  static final class PropertyException extends Exception {
    private static final long serialVersionUID = 1;

    PropertyException(String message) {
      super(message);
    }
  }

  private final Elements elements;
  private final Types types;
  private final Visibility visibility;

  Properties(Elements elements, Types types, Visibility visibility) {
    this.elements = elements;
    this.types = types;
    this.visibility = visibility;
  }

  /** What to write behind an expression of the type to get at the property: {@code .a().b}. */
  String path(TypeMirror type, List<String> names) throws PropertyException {
    StringBuilder path = new StringBuilder();
    TypeMirror current = type;
    for (String name : names) {
      Found found = find(current, name);
      path.append('.').append(found.code());
      current = found.type();
    }
    checkText(current, names);
    return path.toString();
  }

  private void checkText(TypeMirror type, List<String> names) throws PropertyException {
    String what = names.isEmpty() ? "the payload" : "{" + String.join(".", names) + "}";
    if (type.getKind() == TypeKind.ARRAY) {
      throw new PropertyException(
          "%s is of type %s, and the text of an array says nothing of what is in it: name another property"
              .formatted(what, Text.of(type)));
    }
    if (type instanceof DeclaredType declared && OPTIONALS.contains(nameOf(declared))) {
      throw new PropertyException(
          "%s is of type %s, whose text is not that of its value: add a method that returns the text, and name that"
              .formatted(what, Text.of(type)));
    }
    if (type instanceof DeclaredType declared && !hasText((TypeElement) declared.asElement())) {
      throw new PropertyException(
          "%s is of type %s, which has no toString of its own, so that no two of its texts are alike: name a property of it, or give it a toString"
              .formatted(what, Text.of(type)));
    }
  }

  /** Whether it says more of itself than its identity; of an abstract type its subtypes may. */
  private static boolean hasText(TypeElement type) {
    if (type.getKind() != ElementKind.CLASS || type.getModifiers().contains(Modifier.ABSTRACT)) {
      return true;
    }
    TypeElement current = type;
    while (current.getSuperclass() instanceof DeclaredType superclass) {
      boolean overrides =
          current.getEnclosedElements().stream()
              .anyMatch(
                  member ->
                      member instanceof ExecutableElement method
                          && method.getSimpleName().contentEquals("toString")
                          && method.getParameters().isEmpty());
      if (overrides) {
        return true;
      }
      current = (TypeElement) superclass.asElement();
    }
    return false;
  }

  private Found find(TypeMirror type, String name) throws PropertyException {
    if (type.getKind() == TypeKind.ERROR) {
      throw new NotYetKnownException();
    }
    if (!(bounded(type) instanceof DeclaredType declared)) {
      throw new PropertyException(
          "there is no property %s: %s has no properties".formatted(name, Text.of(type)));
    }
    Element member =
        member(declared, name)
            .orElseThrow(
                () ->
                    new PropertyException(
                        "there is no property %1$s: %2$s has no method %1$s() or get%3$s() and no field of that name"
                            .formatted(name, Text.of(type), capitalized(name))));
    check(declared, member, name);
    TypeMirror memberType = types.asMemberOf(declared, member);
    return memberType instanceof ExecutableType method
        ? new Found(member.getSimpleName() + "()", bounded(method.getReturnType()))
        : new Found(member.getSimpleName().toString(), bounded(memberType));
  }

  private void check(DeclaredType type, Element member, String name) throws PropertyException {
    if (!visibility.canUse(member) || !visibility.canName(types.erasure(type))) {
      throw new PropertyException(
          "property %s of %s cannot be used here: make it public".formatted(name, Text.of(type)));
    }
    if (member instanceof ExecutableElement method
        && method.getThrownTypes().stream().anyMatch(this::isChecked)) {
      throw new PropertyException(
          "property %s of %s cannot be used here: its method throws checked exceptions"
              .formatted(name, Text.of(type)));
    }
  }

  private Optional<Element> member(DeclaredType type, String name) {
    List<? extends Element> members = elements.getAllMembers((TypeElement) type.asElement());
    String getter = "get" + capitalized(name);
    String question = "is" + capitalized(name);
    List<Element> candidates =
        Stream.of(
                methods(members, name),
                methods(members, getter),
                methods(members, question).filter(this::isBoolean),
                members.stream()
                    .filter(member -> member.getKind() == ElementKind.FIELD)
                    .filter(member -> isNamed(member, name)))
            .flatMap(found -> found)
            .map(Element.class::cast)
            .toList();
    return candidates.stream()
        .filter(visibility::canUse)
        .findFirst()
        .or(() -> candidates.stream().findFirst());
  }

  private Stream<ExecutableElement> methods(List<? extends Element> members, String name) {
    return members.stream()
        .filter(member -> member.getKind() == ElementKind.METHOD && isNamed(member, name))
        .map(ExecutableElement.class::cast)
        .filter(method -> method.getParameters().isEmpty() && method.getTypeParameters().isEmpty())
        .filter(method -> method.getReturnType().getKind() != TypeKind.VOID)
        .filter(method -> !isOfObject(method));
  }

  private static boolean isNamed(Element member, String name) {
    return member.getSimpleName().contentEquals(name)
        && !member.getModifiers().contains(Modifier.STATIC);
  }

  /** {@code getClass} and the like, which say nothing of a payload. */
  private static boolean isOfObject(ExecutableElement method) {
    return ((TypeElement) Enclosing.of(method))
        .getQualifiedName()
        .contentEquals("java.lang.Object");
  }

  private boolean isBoolean(ExecutableElement method) {
    TypeMirror type = method.getReturnType();
    return type.getKind() == TypeKind.BOOLEAN
        || (type instanceof DeclaredType declared && nameOf(declared).equals("java.lang.Boolean"));
  }

  private boolean isChecked(TypeMirror exception) {
    return !isSubtype(exception, "java.lang.RuntimeException")
        && !isSubtype(exception, "java.lang.Error");
  }

  private boolean isSubtype(TypeMirror type, String name) {
    TypeElement other = elements.getTypeElement(name);
    return other != null && types.isSubtype(type, other.asType());
  }

  private static String nameOf(DeclaredType type) {
    return ((TypeElement) type.asElement()).getQualifiedName().toString();
  }

  private static TypeMirror bounded(TypeMirror type) {
    if (type instanceof TypeVariable variable) {
      return bounded(variable.getUpperBound());
    }
    if (type instanceof WildcardType wildcard && wildcard.getExtendsBound() != null) {
      return bounded(wildcard.getExtendsBound());
    }
    return type;
  }

  private static String capitalized(String name) {
    return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }
}
