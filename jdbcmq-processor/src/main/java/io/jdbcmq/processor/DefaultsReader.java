package io.jdbcmq.processor;

import io.jdbcmq.processor.Attributes.Written;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;

/** Reads classes with {@code @JobDefaults}. */
final class DefaultsReader {
  private final Set<String> checked;
  private final Problems problems;

  /**
   * @param checked names of classes whose own problems have been reported where they are written
   */
  DefaultsReader(Set<String> checked, Problems problems) {
    this.checked = checked;
    this.problems = problems;
  }

  /** Reports what is wrong with the annotation where it is written. */
  static void check(TypeElement type, Problems problems) {
    Attributes.of(type, Names.JOB_DEFAULTS).ifPresent(found -> read(found, problems));
  }

  /** What the class says that {@code @Job} names. */
  Settings read(Written<DeclaredType> named) {
    TypeElement type = (TypeElement) named.value().asElement();
    Optional<Attributes> attributes = Attributes.of(type, Names.JOB_DEFAULTS);
    if (attributes.isEmpty()) {
      problems.add(
          named.place(),
          "%s has no @JobDefaults: add it there, or name a class that has it"
              .formatted(Text.nested(type)));
      return Settings.NONE;
    }
    Problems ofClass = new Problems();
    Settings settings = read(attributes.get(), ofClass);
    if (!checked.contains(type.getQualifiedName().toString())) {
      // Compiled without the processor: there is no source to point at but this one.
      ofClass.messages().stream()
          .map(message -> "@JobDefaults of %s: %s".formatted(Text.nested(type), message))
          .forEach(message -> problems.add(named.place(), message));
    }
    return settings;
  }

  private static Settings read(Attributes attributes, Problems problems) {
    Settings settings = new SettingsReader(problems).read(attributes);
    Optional<Written<String>> onDeath = attributes.constant("onDeath");
    if (onDeath.isPresent() && !settings.isOrdered()) {
      problems.add(onDeath.get().place(), SettingsReader.ON_DEATH_WITHOUT_ORDER);
    }
    return settings;
  }
}
