package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobType;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobRegistryTest {
  @Test
  void aNameHasOneHandler() {
    JobRegistry.Builder builder = JobRegistry.builder().handle("mail", job -> {});
    assertThatThrownBy(() -> builder.handle(JobType.of("mail", String.class), (job, text) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mail has two handlers");
    assertThat(builder.build().jobNames()).containsExactly("mail");
  }

  @Test
  void aRegistryDoesNotChangeWithItsBuilder() {
    JobRegistry.Builder builder = JobRegistry.builder().handle("one", job -> {});
    JobRegistry registry = builder.build();
    builder.handle("two", job -> {});
    assertThat(registry.jobNames()).containsExactly("one");
  }

  @Test
  void anAliasRunsTheHandlerOfItsJobName() {
    JobRegistry registry =
        JobRegistry.builder().alias("post", "mail").handle("mail", job -> {}).build();
    assertThat(registry.jobNames()).containsExactlyInAnyOrder("mail", "post");
    assertThat(registry.handlers().get("post")).isSameAs(registry.handlers().get("mail"));
  }

  @Test
  void anAliasStandsForOneHandler() {
    assertThatThrownBy(() -> JobRegistry.builder().alias("post", "mail").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("post is to be an alias of mail, which has no handler");
    JobRegistry.Builder both =
        JobRegistry.builder()
            .handle("mail", job -> {})
            .handle("post", job -> {})
            .alias("post", "mail");
    assertThatThrownBy(both::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("post is to be an alias of mail, but has a handler of its own");
    JobRegistry.Builder builder = JobRegistry.builder().alias("post", "mail");
    assertThatThrownBy(() -> builder.alias("post", "letter"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("post is an alias of mail already, and cannot be one of letter");
  }

  @Test
  void boundHandlersGetTheirContextObjectsByType() {
    StringBuilder mailer = new StringBuilder();
    JobBindings bindings =
        (registry, contexts) -> {
          StringBuilder given = contexts.get(StringBuilder.class, "job mail");
          Integer found = contexts.get(Integer.class, "job mail");
          given.append(found);
          registry.handle("mail", job -> {});
        };
    ContextSource seven =
        new ContextSource() {
          @Override
          public <T> Optional<T> find(Class<T> type) {
            return type == Integer.class ? Optional.of(type.cast(7)) : Optional.empty();
          }
        };
    JobRegistry registry =
        JobRegistry.builder()
            .bind(bindings)
            .context(StringBuilder.class, mailer)
            .contexts(seven)
            .build();
    assertThat(registry.jobNames()).containsExactly("mail");
    assertThat(mailer).hasToString("7");
  }

  @Test
  void allMissingContextObjectsAreToldAtOnceAndCanBeGivenThen() {
    JobRegistry.Builder builder =
        JobRegistry.builder()
            .bind((registry, contexts) -> contexts.get(Integer.class, "job one"))
            .bind(
                (registry, contexts) -> {
                  contexts.get(String.class, "job two");
                  registry.handle("two", job -> {});
                });
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "job one needs a context object of type java.lang.Integer, and there is none: give it"
                + " with JobRegistry.builder().context(Integer.class, …); job two needs a context"
                + " object of type java.lang.String, and there is none: give it with"
                + " JobRegistry.builder().context(String.class, …)");
    builder.context(Integer.class, 1).context(String.class, "a");
    assertThat(builder.build().jobNames()).containsExactly("two");
    assertThatThrownBy(() -> builder.context(String.class, "b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two context objects of type java.lang.String");
  }

  @Test
  void boundClassesMustNotShareAName() {
    JobBindings mail = (registry, contexts) -> registry.handle("mail", job -> {});
    assertThatThrownBy(() -> JobRegistry.of(mail, mail))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mail has two handlers");
  }

  @Test
  void aPropertyThatIsNullMakesNoChannelOrKey() {
    assertThat(JobBindings.text(7, "order-{id}")).isEqualTo("7");
    assertThatThrownBy(() -> JobBindings.text(null, "order-{id}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "a property that the template \"order-{id}\" names is null in this payload");
  }
}
