package io.jdbcmq.processor;

import io.jdbcmq.processor.Parameter.Payload;
import java.util.List;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;

/** A kind of job: a method that has been found in order. */
record JobMethod(
    ExecutableElement element,
    String jobName,
    List<String> aliases,
    Settings settings,
    Optional<Template> channelArgs,
    Optional<Template> uniqueKey,
    boolean transactional,
    List<Parameter> parameters) {
  private static final String DEFAULT_CHANNEL = "default";

  /** The same with these templates. */
  JobMethod with(Optional<Template> otherChannelArgs, Optional<Template> otherUniqueKey) {
    return new JobMethod(
        element,
        jobName,
        aliases,
        settings,
        otherChannelArgs,
        otherUniqueKey,
        transactional,
        parameters);
  }

  String methodName() {
    return element.getSimpleName().toString();
  }

  boolean isStatic() {
    return element.getModifiers().contains(Modifier.STATIC);
  }

  /** The name of the constant that has its type. */
  String constant() {
    return Text.constant(methodName());
  }

  String channel() {
    return settings.channel().orElse(DEFAULT_CHANNEL);
  }

  Optional<Payload> payload() {
    return parameters.stream()
        .filter(Payload.class::isInstance)
        .map(Payload.class::cast)
        .findFirst();
  }
}
