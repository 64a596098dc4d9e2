package io.jdbcmq.processor;

import io.jdbcmq.processor.Attributes.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;

/** Reads a method with {@code @Job}. */
final class MethodReader {
  /** What a generated class has beside one method for each job. */
  private static final Set<String> RESERVED = Set.of("bindings", "register");

  private static final Set<String> OF_OBJECT =
      Set.of(
          "clone",
          "equals",
          "finalize",
          "getClass",
          "hashCode",
          "notify",
          "notifyAll",
          "toString",
          "wait");

  private final Elements elements;
  private final Types types;
  private final ParametersReader parametersReader;
  private final SettingsReader settingsReader;
  private final TemplateReader templateReader;
  private final DefaultsReader defaultsReader;
  private final Problems problems;

  MethodReader(
      Elements elements,
      Types types,
      ParametersReader parametersReader,
      TemplateReader templateReader,
      DefaultsReader defaultsReader,
      Problems problems) {
    this.elements = elements;
    this.types = types;
    this.parametersReader = parametersReader;
    this.settingsReader = new SettingsReader(problems);
    this.templateReader = templateReader;
    this.defaultsReader = defaultsReader;
    this.problems = problems;
  }

  /** The job, unless nothing can be generated for the method. */
  Optional<JobMethod> read(ExecutableElement method, String generatedName) {
    Attributes attributes = Attributes.of(method, Names.JOB).orElseThrow();
    boolean transactional = attributes.flag("transactional").map(Written::value).orElse(false);
    Settings written = settingsReader.read(attributes);
    Settings settings = written.over(defaults(attributes));
    if (written.onDeath().isPresent() && !settings.isOrdered()) {
      problems.add(
          attributes.constant("onDeath").orElseThrow().place(),
          SettingsReader.ON_DEATH_WITHOUT_ORDER);
    }
    String jobName = jobName(method, attributes);
    List<String> aliases = aliases(attributes, jobName);
    Optional<List<Parameter>> parameters = parametersReader.read(method, transactional);
    boolean callable = isCallable(method, generatedName);
    if (!callable || parameters.isEmpty()) {
      return Optional.empty();
    }
    JobMethod job =
        new JobMethod(
            method,
            jobName,
            aliases,
            settings,
            Optional.empty(),
            Optional.empty(),
            transactional,
            parameters.get());
    return Optional.of(withTemplates(job, attributes));
  }

  private JobMethod withTemplates(JobMethod job, Attributes attributes) {
    Optional<TypeMirror> payload =
        job.payload().map(Parameter.Payload::type).filter(type -> !PayloadTypes.isBinary(type));
    return job.with(
        attributes
            .text("channelArgs")
            .flatMap(text -> templateReader.read("channelArgs", text, payload, 0)),
        attributes
            .text("uniqueKey")
            .flatMap(text -> templateReader.read("uniqueKey", text, payload, 1)));
  }

  private Settings defaults(Attributes attributes) {
    return attributes.type("defaults").map(defaultsReader::read).orElse(Settings.NONE);
  }

  private String jobName(ExecutableElement method, Attributes attributes) {
    String methodName = method.getSimpleName().toString();
    Optional<Written<String>> written = attributes.text("name");
    if (written.isEmpty()) {
      nameProblem(methodName)
          .ifPresent(
              message ->
                  problems.add(method, message + ", the name of the method: set name in @Job"));
      return methodName;
    }
    return settingsReader.accept(written, MethodReader::nameProblem).orElse(methodName);
  }

  private List<String> aliases(Attributes attributes, String jobName) {
    List<String> aliases = new ArrayList<>();
    for (Written<String> alias : attributes.texts("aliases")) {
      if (alias.value().equals(jobName)) {
        problems.add(
            alias.place(),
            "alias %s is the name of the job itself: leave it out".formatted(jobName));
      } else if (aliases.contains(alias.value())) {
        problems.add(
            alias.place(), "alias %s is written twice: leave one out".formatted(alias.value()));
      } else if (settingsReader.isAccepted(
          alias, text -> Ranges.text("alias", text, 1, Ranges.MAX_NAME_BYTES))) {
        aliases.add(alias.value());
      }
    }
    return aliases;
  }

  private static Optional<String> nameProblem(String name) {
    return Ranges.text("job name", name, 1, Ranges.MAX_NAME_BYTES);
  }

  private boolean isCallable(ExecutableElement method, String generatedName) {
    Optional<String> problem = problem(method, generatedName);
    problem.ifPresent(
        message ->
            problems.add(method, "@Job method %s %s".formatted(method.getSimpleName(), message)));
    return problem.isEmpty();
  }

  private Optional<String> problem(ExecutableElement method, String generatedName) {
    String name = method.getSimpleName().toString();
    Set<Modifier> modifiers = method.getModifiers();
    if (modifiers.contains(Modifier.PRIVATE)) {
      return Optional.of(
          "is private: make it package-private, so that %s can call it".formatted(generatedName));
    }
    if (Enclosing.of(method).getKind().isInterface()) {
      return Optional.of("is in an interface: move it to a class");
    }
    if (modifiers.contains(Modifier.ABSTRACT)) {
      return Optional.of("is abstract: put @Job on the method that has the code");
    }
    if (!method.getTypeParameters().isEmpty()) {
      return Optional.of(
          "has type parameters, of which a stored job knows nothing: write a type instead");
    }
    if (method.getReturnType().getKind() != TypeKind.VOID) {
      return Optional.of(
          "must return void but returns %s: nobody waits for it; store the result, or send it in another job"
              .formatted(Text.of(method.getReturnType())));
    }
    if (RESERVED.contains(name) || OF_OBJECT.contains(name)) {
      return Optional.of(
          "cannot be called so, as %s has a method %s already: rename it, and set name = \"%s\" if jobs are to have this name"
              .formatted(generatedName, name, name));
    }
    return method.getThrownTypes().stream()
        .filter(this::isBeyondException)
        .findFirst()
        .map(
            thrown ->
                "must not throw %s: declare Exception, or something more specific"
                    .formatted(Text.of(thrown)));
  }

  private boolean isBeyondException(TypeMirror thrown) {
    return !isSubtype(thrown, "java.lang.Exception") && !isSubtype(thrown, "java.lang.Error");
  }

  private boolean isSubtype(TypeMirror type, String name) {
    TypeElement other = elements.getTypeElement(name);
    return other != null && types.isSubtype(type, other.asType());
  }
}
