package io.jdbcmq.processor;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import java.time.Duration;
import java.util.Optional;
import javax.lang.model.element.Modifier;
import javax.lang.model.type.TypeMirror;

/** Writes what makes requests for one kind of job. */
final class RequestWriter {
  private final JobClass jobClass;
  private final JobMethod job;

  RequestWriter(JobClass jobClass, JobMethod job) {
    this.jobClass = jobClass;
    this.job = job;
  }

  /** The constant with the type of a job that has a payload. */
  Optional<FieldSpec> type() {
    return job.payload().map(Parameter.Payload::type).map(this::type);
  }

  private FieldSpec type(TypeMirror payload) {
    TypeName type = ParameterizedTypeName.get(Names.JOB_TYPE, PayloadTypes.boxed(payload));
    return FieldSpec.builder(type, job.constant(), modifiers())
        .addModifiers(Modifier.FINAL)
        .addJavadoc(Javadocs.type(jobClass, job))
        .initializer(
            "$T.of($L, $L)$>$>$L$<$<",
            Names.JOB_TYPE,
            Text.literal(job.jobName()),
            PayloadTypes.code(payload),
            settings())
        .build();
  }

  /** The method with the name of the handler. */
  MethodSpec request() {
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(job.methodName())
            .addModifiers(modifiers())
            .addJavadoc(Javadocs.request(jobClass, job))
            .returns(Names.JOB_REQUEST);
    job.payload()
        .ifPresent(payload -> method.addParameter(TypeName.get(payload.type()), "payload"));
    return method.addStatement("return $L$L$L", start(), channel(), uniqueKey()).build();
  }

  private CodeBlock start() {
    return job.payload().isPresent()
        ? CodeBlock.of("$N.request(payload)", job.constant())
        : CodeBlock.of("$T.of($L)$L", Names.JOB_REQUEST, Text.literal(job.jobName()), settings());
  }

  /** With constant args, the channel is one of the settings. */
  private CodeBlock channel() {
    return job.channelArgs()
        .filter(args -> !args.isConstant())
        .map(
            args -> line(CodeBlock.of("channel($L, $L)", Text.literal(job.channel()), args.code())))
        .orElse(CodeBlock.of(""));
  }

  private CodeBlock uniqueKey() {
    return job.uniqueKey()
        .map(key -> line(CodeBlock.of("uniqueKey($L)", key.code())))
        .orElse(CodeBlock.of(""));
  }

  private CodeBlock settings() {
    Settings settings = job.settings();
    CodeBlock.Builder code = CodeBlock.builder();
    Optional<Template> args = job.channelArgs().filter(Template::isConstant);
    if (args.isPresent()) {
      code.add(
          line(CodeBlock.of("channel($L, $L)", Text.literal(job.channel()), args.get().code())));
    } else {
      settings
          .channel()
          .ifPresent(name -> code.add(line(CodeBlock.of("channel($L)", Text.literal(name)))));
    }
    if (settings.changesRetries()) {
      code.add(line(CodeBlock.of("retry($L)", retryPolicy(settings))));
    }
    settings
        .priority()
        .ifPresent(priority -> code.add(line(CodeBlock.of("priority($L)", priority))));
    if (settings.isOrdered()) {
      code.add(line(ordered(settings)));
    }
    settings
        .timeout()
        .filter(timeout -> !timeout.isZero())
        .ifPresent(timeout -> code.add(line(CodeBlock.of("timeout($L)", millis(timeout)))));
    return code.build();
  }

  private static CodeBlock ordered(Settings settings) {
    return settings
        .onDeath()
        .map(onDeath -> CodeBlock.of("ordered($T.$L)", Names.ON_DEATH, onDeath))
        .orElse(CodeBlock.of("ordered()"));
  }

  private static CodeBlock retryPolicy(Settings settings) {
    CodeBlock.Builder code =
        CodeBlock.builder()
            .add(
                "$T.of($L, $L)",
                Names.RETRY_POLICY,
                settings.retries().orElse(4),
                millis(settings.backoff().orElse(Duration.ofSeconds(1))));
    settings.maxBackoff().ifPresent(max -> code.add(".withMaxBackoff($L)", millis(max)));
    settings.jitter().ifPresent(jitter -> code.add(".withJitter($L)", jitter));
    return code.build();
  }

  private static CodeBlock millis(Duration duration) {
    return CodeBlock.of("$T.ofMillis($LL)", Duration.class, duration.toMillis());
  }

  private static CodeBlock line(CodeBlock call) {
    return CodeBlock.of("\n.$L", call);
  }

  /** As visible as the class and the payload are: nobody else could use it. */
  private Modifier[] modifiers() {
    boolean isPublic =
        jobClass.isPublic()
            && job.payload().map(payload -> Visibility.isPublic(payload.type())).orElse(true);
    return isPublic
        ? new Modifier[] {Modifier.PUBLIC, Modifier.STATIC}
        : new Modifier[] {Modifier.STATIC};
  }
}
