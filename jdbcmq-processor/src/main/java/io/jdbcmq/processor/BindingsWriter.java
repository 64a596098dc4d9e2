package io.jdbcmq.processor;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.NameAllocator;
import io.jdbcmq.processor.Parameter.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import javax.lang.model.type.TypeMirror;

/** Writes what puts the handlers of a class into a registry. */
final class BindingsWriter {
  private final JobClass jobClass;
  private final NameAllocator names = new NameAllocator();
  private final String target;
  private final String registry;
  private final String contexts;
  private final String current;
  private final String connection;
  private final String payload;

  BindingsWriter(JobClass jobClass) {
    this.jobClass = jobClass;
    names.newName(jobClass.name().topLevelClassName().simpleName()); // a variable would hide it
    target = names.newName("target");
    registry = names.newName("registry");
    contexts = names.newName("contexts");
    current = names.newName("job");
    connection = names.newName("connection");
    payload = names.newName("payload");
  }

  MethodSpec bindings() {
    CodeBlock.Builder body = CodeBlock.builder();
    jobClass.jobs().forEach(job -> body.add(binding(job)));
    return method("bindings")
        .addJavadoc(Javadocs.bindings(jobClass))
        .returns(Names.JOB_BINDINGS)
        .addCode("return ($L, $L) -> {\n", registry, contexts)
        .addCode("$>$L$<};\n", body.build())
        .build();
  }

  MethodSpec register() {
    return method("register")
        .addJavadoc(Javadocs.register(jobClass))
        .returns(Names.JOB_REGISTRY)
        .addStatement(
            "return $T.of(bindings($L))", Names.JOB_REGISTRY, jobClass.needsTarget() ? target : "")
        .build();
  }

  private MethodSpec.Builder method(String name) {
    MethodSpec.Builder method = MethodSpec.methodBuilder(name).addModifiers(Modifier.STATIC);
    if (jobClass.isPublic()) {
      method.addModifiers(Modifier.PUBLIC);
    }
    if (jobClass.needsTarget()) {
      method.addParameter(jobClass.name(), target);
    }
    return method;
  }

  private CodeBlock binding(JobMethod job) {
    CodeBlock.Builder code = CodeBlock.builder();
    List<CodeBlock> arguments = new ArrayList<>();
    for (Parameter parameter : job.parameters()) {
      if (parameter instanceof Context context) {
        String variable = names.newName(job.methodName() + simpleName(context));
        code.addStatement(
            "$T $L = $L.get($T.class, $L)",
            context.type(),
            variable,
            contexts,
            context.type(),
            Text.literal(
                "job %s (%s.%s)"
                    .formatted(job.jobName(), Text.nested(jobClass.element()), job.methodName())));
        arguments.add(CodeBlock.of("$L", variable));
      } else {
        arguments.add(argument(parameter));
      }
    }
    CodeBlock receiver =
        job.isStatic() ? CodeBlock.of("$T", jobClass.name()) : CodeBlock.of("$L", target);
    code.addStatement(
        "$L.$L($L, ($L) -> $L.$L($L))",
        registry,
        job.transactional() ? "handleInTransaction" : "handle",
        job.payload().isPresent()
            ? CodeBlock.of("$L", job.constant())
            : CodeBlock.of("$L", Text.literal(job.jobName())),
        given(job),
        receiver,
        job.methodName(),
        CodeBlock.join(arguments, ", "));
    job.aliases()
        .forEach(
            alias ->
                code.addStatement(
                    "$L.alias($L, $L)",
                    registry,
                    Text.literal(alias),
                    Text.literal(job.jobName())));
    return code.build();
  }

  /** The parameters of the lambda. */
  private String given(JobMethod job) {
    List<String> given = new ArrayList<>(List.of(current));
    if (job.transactional()) {
      given.add(connection);
    }
    if (job.payload().isPresent()) {
      given.add(payload);
    }
    return given.stream().collect(Collectors.joining(", "));
  }

  private CodeBlock argument(Parameter parameter) {
    if (parameter instanceof Parameter.Payload given) {
      return payload(given.type());
    }
    return CodeBlock.of("$L", parameter instanceof Parameter.Connection ? connection : current);
  }

  /** Unboxed here, as an overload that takes an object would come before one that takes an int. */
  private CodeBlock payload(TypeMirror type) {
    return type.getKind().isPrimitive()
        ? CodeBlock.of("($T) $L", type, payload)
        : CodeBlock.of("$L", payload);
  }

  private static String simpleName(Context context) {
    return context.type().toString().replaceAll(".*\\.", "").replace("[]", "s");
  }
}
