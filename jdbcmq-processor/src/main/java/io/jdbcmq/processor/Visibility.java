package io.jdbcmq.processor;

import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Element;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;

/** What a class in the package of a handler can see. */
final class Visibility {
  private final Elements elements;
  private final PackageElement from;

  Visibility(Elements elements, PackageElement from) {
    this.elements = elements;
    this.from = from;
  }

  /** Whether the member can be used, given that its class can. */
  boolean canUse(Element member) {
    if (member.getModifiers().contains(Modifier.PUBLIC)) {
      return true;
    }
    return !member.getModifiers().contains(Modifier.PRIVATE)
        && elements.getPackageOf(member).equals(from);
  }

  /** Whether the type can be named, its arguments included. */
  boolean canName(TypeMirror type) {
    return types(type).stream().allMatch(this::isVisible);
  }

  private boolean isVisible(TypeElement type) {
    return canUse(type) && (!(Enclosing.of(type) instanceof TypeElement outer) || isVisible(outer));
  }

  /** Whether everybody can name the type, its arguments included. */
  static boolean isPublic(TypeMirror type) {
    return types(type).stream().allMatch(Visibility::isPublic);
  }

  static boolean isPublic(TypeElement type) {
    return type.getModifiers().contains(Modifier.PUBLIC)
        && (!(Enclosing.of(type) instanceof TypeElement outer) || isPublic(outer));
  }

  private static List<TypeElement> types(TypeMirror type) {
    if (type instanceof ArrayType array) {
      return types(array.getComponentType());
    }
    if (type instanceof DeclaredType declared) {
      List<TypeElement> all = new ArrayList<>();
      all.add((TypeElement) declared.asElement());
      declared.getTypeArguments().forEach(argument -> all.addAll(types(argument)));
      return all;
    }
    return List.of();
  }
}
