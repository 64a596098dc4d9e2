package io.jdbcmq.processor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.DeclaredType;

/**
 * The attributes that an annotation has in the source. One that is not written is not here, so that
 * defaults of another place can take effect. Neither is one of a wrong type: the compiler reports
 * that itself.
 */
final class Attributes {
  /** A value and where it is written. */
  record Written<T>(T value, Place place) {}

  private final Element element;
  private final AnnotationMirror annotation;
  private final Map<String, AnnotationValue> values = new LinkedHashMap<>();

  private Attributes(Element element, AnnotationMirror annotation) {
    this.element = element;
    this.annotation = annotation;
    annotation
        .getElementValues()
        .forEach((method, value) -> values.put(method.getSimpleName().toString(), value));
  }

  /** Those of the annotation of this name on the element. */
  static Optional<Attributes> of(Element element, String annotationName) {
    return element.getAnnotationMirrors().stream()
        .filter(mirror -> isNamed(mirror, annotationName))
        .findFirst()
        .map(mirror -> new Attributes(element, mirror));
  }

  static boolean isPresent(Element element, String annotationName) {
    return element.getAnnotationMirrors().stream()
        .anyMatch(mirror -> isNamed(mirror, annotationName));
  }

  private static boolean isNamed(AnnotationMirror mirror, String name) {
    TypeElement type = (TypeElement) mirror.getAnnotationType().asElement();
    return type.getQualifiedName().contentEquals(name);
  }

  Optional<Written<String>> text(String name) {
    return find(name, String.class);
  }

  Optional<Written<Integer>> number(String name) {
    return find(name, Integer.class);
  }

  Optional<Written<Double>> fraction(String name) {
    return find(name, Double.class);
  }

  Optional<Written<Boolean>> flag(String name) {
    return find(name, Boolean.class);
  }

  Optional<Written<DeclaredType>> type(String name) {
    return find(name, DeclaredType.class);
  }

  /** The name of an enum constant. */
  Optional<Written<String>> constant(String name) {
    return find(name, VariableElement.class)
        .map(written -> new Written<>(written.value().getSimpleName().toString(), written.place()));
  }

  List<Written<String>> texts(String name) {
    List<Written<String>> texts = new ArrayList<>();
    AnnotationValue list = values.get(name);
    if (list != null && list.getValue() instanceof List<?> items) {
      for (Object item : items) {
        if (item instanceof AnnotationValue value
            && known(value).getValue() instanceof String text) {
          texts.add(new Written<>(text, new Place.Value(element, annotation, value)));
        }
      }
    }
    return texts;
  }

  /** Where the text is written, alone or in a list. */
  Optional<Place> placeOf(String name, String text) {
    return Stream.concat(text(name).stream(), texts(name).stream())
        .filter(written -> written.value().equals(text))
        .map(Written::place)
        .findFirst();
  }

  private <T> Optional<Written<T>> find(String name, Class<T> type) {
    AnnotationValue value = values.get(name);
    if (value == null || !type.isInstance(known(value).getValue())) {
      return Optional.empty();
    }
    return Optional.of(
        new Written<>(type.cast(value.getValue()), new Place.Value(element, annotation, value)));
  }

  /** The compiler says {@code <error>}, without quotes, for a constant that it does not know. */
  private static AnnotationValue known(AnnotationValue value) {
    if (value.toString().equals("<error>")) {
      throw new NotYetKnownException();
    }
    return value;
  }
}
