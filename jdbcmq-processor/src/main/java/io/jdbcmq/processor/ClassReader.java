package io.jdbcmq.processor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;

/** Reads a class with {@code @Job} methods. */
final class ClassReader {
  private final TypeElement type;
  private final MethodReader methodReader;
  private final Problems problems;

  ClassReader(
      TypeElement type, Elements elements, Types types, Set<String> defaults, Problems problems) {
    this.type = type;
    this.problems = problems;
    Visibility visibility = new Visibility(elements, elements.getPackageOf(type));
    PayloadTypes payloadTypes = new PayloadTypes(types, visibility);
    methodReader =
        new MethodReader(
            elements,
            types,
            new ParametersReader(types, visibility, payloadTypes, problems),
            new TemplateReader(new Properties(elements, types, visibility), problems),
            new DefaultsReader(defaults, problems),
            problems);
  }

  /**
   * What to generate, unless it is nothing.
   *
   * @throws NotYetKnownException if the class needs something that may still be generated
   */
  Optional<JobClass> read() {
    List<ExecutableElement> methods =
        ElementFilter.methodsIn(type.getEnclosedElements()).stream()
            .filter(method -> Attributes.isPresent(method, Names.JOB))
            .toList();
    methods.forEach(ClassReader::checkKnown);
    boolean usable = isUsable();
    List<JobMethod> jobs = new ArrayList<>();
    for (ExecutableElement method : withoutOverloads(methods)) {
      methodReader.read(method, generatedName()).ifPresent(jobs::add);
    }
    checkNames(jobs);
    return usable && !jobs.isEmpty() ? Optional.of(new JobClass(type, jobs)) : Optional.empty();
  }

  private String generatedName() {
    return JobClass.generated(type).simpleName();
  }

  private boolean isUsable() {
    if (type.getKind().isInterface()) {
      return true; // each method is reported
    }
    Optional<String> problem = problem(type);
    problem.ifPresent(message -> problems.add(type, message));
    return problem.isEmpty();
  }

  private Optional<String> problem(TypeElement each) {
    String name = Text.nested(each);
    if (each.getModifiers().contains(Modifier.PRIVATE)) {
      return Optional.of(
          "%s has @Job methods and is private: make %s package-private, so that %s can use it"
              .formatted(Text.nested(type), name, generatedName()));
    }
    if (each.equals(type) && !each.getTypeParameters().isEmpty()) {
      return Optional.of(
          "%s has @Job methods and type parameters, of which a stored job knows nothing: move the methods to a class without"
              .formatted(name));
    }
    if (Enclosing.of(each).getKind() == ElementKind.PACKAGE) {
      return Optional.empty();
    }
    if (each.equals(type) && !each.getModifiers().contains(Modifier.STATIC)) {
      return Optional.of(
          "%s has @Job methods and is an inner class: make it static".formatted(name));
    }
    return problem((TypeElement) Enclosing.of(each));
  }

  /** The methods but those that would be mistaken for another one. */
  private List<ExecutableElement> withoutOverloads(List<ExecutableElement> methods) {
    Map<String, String> namesOfConstants = new HashMap<>();
    List<ExecutableElement> single = new ArrayList<>();
    for (ExecutableElement method : methods) {
      String name = method.getSimpleName().toString();
      String other = namesOfConstants.putIfAbsent(Text.constant(name), name);
      if (other == null) {
        single.add(method);
      } else if (other.equals(name)) {
        problems.add(
            method,
            "%s has two @Job methods %s: give this one another name"
                .formatted(Text.nested(type), name));
      } else {
        problems.add(
            method,
            "@Job methods %s and %s would both get the constant %s: give this one another name"
                .formatted(other, name, Text.constant(name)));
      }
    }
    return single;
  }

  private void checkNames(List<JobMethod> jobs) {
    Map<String, String> owners = new HashMap<>();
    for (JobMethod job : jobs) {
      checkName(job, job.jobName(), "name", owners);
    }
    for (JobMethod job : jobs) {
      job.aliases().forEach(alias -> checkName(job, alias, "aliases", owners));
    }
  }

  private void checkName(JobMethod job, String name, String attribute, Map<String, String> owners) {
    String other = owners.putIfAbsent(name, job.methodName());
    if (other == null) {
      return;
    }
    problems.add(
        Attributes.of(job.element(), Names.JOB)
            .flatMap(attributes -> attributes.placeOf(attribute, name))
            .orElse(new Place.Declaration(job.element())),
        "%s and %s both handle jobs of the name %s: each name has one handler"
            .formatted(other, job.methodName(), name));
  }

  private static void checkKnown(ExecutableElement method) {
    method.getParameters().forEach(parameter -> checkKnown(parameter.asType()));
  }

  private static void checkKnown(TypeMirror type) {
    if (type.getKind() == TypeKind.ERROR) {
      throw new NotYetKnownException();
    }
    if (type instanceof ArrayType array) {
      checkKnown(array.getComponentType());
    } else if (type instanceof DeclaredType declared) {
      declared.getTypeArguments().forEach(ClassReader::checkKnown);
    }
  }
}
