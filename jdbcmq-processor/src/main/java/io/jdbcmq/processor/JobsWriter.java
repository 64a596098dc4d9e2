package io.jdbcmq.processor;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.JavaFile;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import java.io.IOException;
import java.io.Writer;
import java.util.Optional;
import javax.annotation.processing.Filer;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.Elements;

/** Writes the class that is generated for a class with {@code @Job} methods. */
final class JobsWriter {
  private final Elements elements;
  private final Filer filer;

  JobsWriter(Elements elements, Filer filer) {
    this.elements = elements;
    this.filer = filer;
  }

  void write(JobClass jobClass) throws IOException {
    JavaFile file =
        JavaFile.builder(jobClass.generated().packageName(), type(jobClass)).indent("  ").build();
    try (Writer writer =
        filer
            .createSourceFile(jobClass.generated().canonicalName(), jobClass.element())
            .openWriter()) {
      writer.write(Text.ascii(file.toString()));
    }
  }

  private TypeSpec type(JobClass jobClass) {
    TypeSpec.Builder type =
        TypeSpec.classBuilder(jobClass.generated())
            .addModifiers(Modifier.FINAL)
            .addJavadoc(Javadocs.jobs(jobClass))
            .addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
    generatedAnnotation(jobClass).ifPresent(type::addAnnotation);
    type.addAnnotation(
        AnnotationSpec.builder(SuppressWarnings.class)
            .addMember("value", "{$S, $S, $S}", "deprecation", "removal", "rawtypes")
            .build());
    if (jobClass.isPublic()) {
      type.addModifiers(Modifier.PUBLIC);
    }
    for (JobMethod job : jobClass.jobs()) {
      RequestWriter writer = new RequestWriter(jobClass, job);
      writer.type().ifPresent(type::addField);
      type.addMethod(writer.request());
    }
    BindingsWriter writer = new BindingsWriter(jobClass);
    type.addMethod(writer.bindings());
    if (!jobClass.needsContext()) {
      type.addMethod(writer.register()); // with context objects it could never work
    }
    return type.build();
  }

  /** Absent where the module of the class does not read that of the annotation. */
  private Optional<AnnotationSpec> generatedAnnotation(JobClass jobClass) {
    TypeElement annotation =
        elements.getTypeElement(elements.getModuleOf(jobClass.element()), Names.GENERATED);
    return Optional.ofNullable(annotation)
        .map(
            found ->
                AnnotationSpec.builder(ClassName.get(found))
                    .addMember("value", "$S", JobProcessor.class.getName())
                    .build());
  }
}
