package io.jdbcmq.processor;

import com.palantir.javapoet.ClassName;
import java.util.List;
import javax.lang.model.element.TypeElement;

/** A class with {@code @Job} methods. */
record JobClass(TypeElement element, List<JobMethod> jobs) {
  /** {@code shop.GreetingsJobs} for {@code shop.Greetings}, {@code A_BJobs} for {@code A.B}. */
  static ClassName generated(TypeElement type) {
    ClassName name = ClassName.get(type);
    return ClassName.get(name.packageName(), String.join("_", name.simpleNames()) + "Jobs");
  }

  ClassName name() {
    return ClassName.get(element);
  }

  ClassName generated() {
    return generated(element);
  }

  boolean isPublic() {
    return Visibility.isPublic(element);
  }

  /** Whether the handlers need an object of the class. */
  boolean needsTarget() {
    return !jobs.stream().allMatch(JobMethod::isStatic);
  }

  boolean needsContext() {
    return jobs.stream()
        .flatMap(job -> job.parameters().stream())
        .anyMatch(Parameter.Context.class::isInstance);
  }
}
