package io.jdbcmq.processor;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Types;

/** Tells what each parameter of a {@code @Job} method is given. */
final class ParametersReader {
  private final Types types;
  private final Visibility visibility;
  private final PayloadTypes payloadTypes;
  private final Problems problems;

  ParametersReader(
      Types types, Visibility visibility, PayloadTypes payloadTypes, Problems problems) {
    this.types = types;
    this.visibility = visibility;
    this.payloadTypes = payloadTypes;
    this.problems = problems;
  }

  /** The parameters, unless there is something wrong with one. */
  Optional<List<Parameter>> read(ExecutableElement method, boolean transactional) {
    List<? extends VariableElement> declared = method.getParameters();
    Optional<? extends VariableElement> payload = payload(declared);
    Set<String> seen = new HashSet<>();
    List<Parameter> parameters = new ArrayList<>();
    for (VariableElement each : declared) {
      if (payload.isPresent() && payload.get().equals(each)) {
        payload(each).ifPresent(parameters::add);
      } else if (!seen.add(Text.of(types.erasure(each.asType())))) {
        problems.add(each, duplicate(method, each));
      } else {
        parameter(each, transactional).ifPresent(parameters::add);
      }
    }
    return parameters.size() == declared.size() ? Optional.of(parameters) : Optional.empty();
  }

  private String duplicate(ExecutableElement method, VariableElement parameter) {
    String what = Text.of(parameter.asType());
    return isProvided(parameter)
        ? "%s has two parameters of type %s: leave one out".formatted(method.getSimpleName(), what)
        : "%s has two context objects of type %s, and both would be the same one: leave one out, or give one a type of its own"
            .formatted(method.getSimpleName(), what);
  }

  /** The parameter that takes the payload: the marked one, else the first that can. */
  private Optional<? extends VariableElement> payload(List<? extends VariableElement> declared) {
    List<? extends VariableElement> marked =
        declared.stream().filter(each -> Attributes.isPresent(each, Names.PAYLOAD)).toList();
    if (marked.isEmpty()) {
      return declared.stream()
          .filter(each -> !isProvided(each) && !Attributes.isPresent(each, Names.CONTEXT))
          .findFirst();
    }
    marked.stream()
        .skip(1)
        .forEach(
            each ->
                problems.add(
                    each,
                    "there are two parameters with @Payload: a job has one payload; put both into one record"));
    return marked.stream().findFirst();
  }

  private Optional<Parameter> payload(VariableElement parameter) {
    if (isProvided(parameter)) {
      problems.add(
          parameter,
          "%s cannot be the payload: leave @Payload out".formatted(Text.of(parameter.asType())));
      return Optional.empty();
    }
    if (Attributes.isPresent(parameter, Names.CONTEXT)) {
      problems.add(
          parameter,
          "parameter %s is marked with @Payload and with @Context: leave one out"
              .formatted(parameter.getSimpleName()));
      return Optional.empty();
    }
    Optional<String> problem = payloadTypes.problem(parameter.asType());
    problem.ifPresent(
        message ->
            problems.add(
                parameter,
                "parameter %s cannot take the payload: %s"
                    .formatted(parameter.getSimpleName(), message)));
    return problem.isEmpty() ? Optional.of(new Parameter.Payload(parameter)) : Optional.empty();
  }

  private Optional<Parameter> parameter(VariableElement parameter, boolean transactional) {
    if (Attributes.isPresent(parameter, Names.PAYLOAD)) {
      return Optional.empty(); // the second one, which was reported
    }
    if (!isProvided(parameter)) {
      return context(parameter);
    }
    if (Attributes.isPresent(parameter, Names.CONTEXT)) {
      problems.add(
          parameter,
          "%s is not a context object: leave @Context out".formatted(Text.of(parameter.asType())));
      return Optional.empty();
    }
    if (isNamed(parameter.asType(), Names.CURRENT_JOB)) {
      return Optional.of(new Parameter.CurrentJob());
    }
    if (!transactional) {
      problems.add(
          parameter,
          "a Connection is given to transactional jobs only: add transactional = true to @Job");
      return Optional.empty();
    }
    return Optional.of(new Parameter.Connection());
  }

  private Optional<Parameter> context(VariableElement parameter) {
    Optional<String> problem = contextProblem(parameter.asType());
    problem.ifPresent(
        message ->
            problems.add(
                parameter,
                "parameter %s cannot take a context object: %s"
                    .formatted(parameter.getSimpleName(), message)));
    if (problem.isPresent()) {
      return Optional.empty();
    }
    return Optional.of(new Parameter.Context(TypeName.get(parameter.asType())));
  }

  private Optional<String> contextProblem(TypeMirror type) {
    TypeMirror element = type;
    while (element instanceof ArrayType array) {
      element = array.getComponentType();
    }
    if (type.getKind().isPrimitive()) {
      return Optional.of(
          "%s is no class; put such values into the payload, or into a record that the registry has"
              .formatted(Text.of(type)));
    }
    if (element instanceof DeclaredType declared && !declared.getTypeArguments().isEmpty()) {
      return Optional.of(
          "the registry finds it by its class, and %s has type arguments; take a class or interface of your own"
              .formatted(Text.of(type)));
    }
    return visibility.canName(type)
        ? Optional.empty()
        : Optional.of(
            "the generated class cannot use %s: make it package-private or public"
                .formatted(Text.of(type)));
  }

  /** Whether the runner provides it. */
  private static boolean isProvided(VariableElement parameter) {
    return isNamed(parameter.asType(), Names.CURRENT_JOB)
        || isNamed(parameter.asType(), Names.CONNECTION);
  }

  private static boolean isNamed(TypeMirror type, String name) {
    return type instanceof DeclaredType declared
        && ClassName.get((TypeElement) declared.asElement()).canonicalName().equals(name);
  }
}
