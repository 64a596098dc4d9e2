package io.jdbcmq.processor;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.annotation.processing.Messager;
import javax.lang.model.element.Element;

/**
 * What is wrong with a class. Collected first, because a class that turns out to need another round
 * is looked at again.
 */
final class Problems {
  private record Problem(Place place, String message) {}

  private final Set<Problem> found = new LinkedHashSet<>();

  void add(Place place, String message) {
    found.add(new Problem(place, message));
  }

  void add(Element element, String message) {
    add(new Place.Declaration(element), message);
  }

  List<String> messages() {
    return found.stream().map(Problem::message).toList();
  }

  void report(Messager messager) {
    found.forEach(problem -> problem.place().error(messager, problem.message()));
  }
}
