package io.jdbcmq.processor;

import static io.jdbcmq.processor.Sources.compile;
import static io.jdbcmq.processor.Sources.generated;
import static io.jdbcmq.processor.Sources.shop;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.testing.compile.Compilation;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaFileObject;
import org.junit.jupiter.api.Test;

/** Shows what is generated. {@link AcceptedTest} shows that it compiles. */
class GeneratedCodeTest {
  private static final JavaFileObject GREETINGS =
      shop(
          "Greetings",
          """
          /** Greets. */
          public class Greetings {
            /** Makes one. */
            public Greetings() {}

            /**
             * What is said.
             *
             * @param text text
             * @param customer whose
             */
            public record Greeting(String text, Customer customer) {}

            /**
             * Whose.
             *
             * @param id number
             */
            public record Customer(long id) {}

            /** Sends. */
            public interface Mailer {}

            @Job(
                aliases = {"hello", "hi"},
                channel = "greetings",
                channelArgs = "{customer.id}",
                uniqueKey = "greeting-{customer.id}-{text}",
                retries = 5,
                backoff = "PT10S",
                maxBackoff = "PT1H",
                jitter = 0.5,
                ordered = true,
                onDeath = OnDeath.BLOCK,
                priority = -3,
                timeout = "PT1M")
            void sayHello(CurrentJob job, Greeting greeting, Mailer mailer) {}

            @Job(transactional = true, channelArgs = "all")
            static void tidyUp(Connection connection) {}
          }
          """);

  @Test
  void isReadable() {
    List<String> options = new ArrayList<>(Sources.LINT);
    options.add("-Xdoclint:all/protected");

    Compilation compilation = compile(options, GREETINGS);

    assertThat(compilation.diagnostics()).isEmpty();
    assertThat(generated(compilation, "shop.GreetingsJobs"))
        .isEqualTo(
            """
            package shop;

            import io.jdbcmq.JobBindings;
            import io.jdbcmq.JobRegistry;
            import io.jdbcmq.job.JobRequest;
            import io.jdbcmq.job.JobType;
            import io.jdbcmq.job.OnDeath;
            import io.jdbcmq.job.RetryPolicy;
            import java.lang.SuppressWarnings;
            import java.time.Duration;
            import javax.annotation.processing.Generated;

            /**
             * Requests and handlers of the jobs of {@link Greetings}.
             */
            @Generated("io.jdbcmq.processor.JobProcessor")
            @SuppressWarnings({"deprecation", "removal", "rawtypes"})
            public final class GreetingsJobs {
              /**
               * Jobs <code>sayHello</code>, run by {@link Greetings#sayHello}.
               */
              public static final JobType<Greetings.Greeting> SAY_HELLO = JobType.of("sayHello", Greetings.Greeting.class)
                  .channel("greetings")
                  .retry(RetryPolicy.of(5, Duration.ofMillis(10000L)).withMaxBackoff(Duration.ofMillis(3600000L)).withJitter(0.5))
                  .priority(-3)
                  .ordered(OnDeath.BLOCK)
                  .timeout(Duration.ofMillis(60000L));

              private GreetingsJobs() {
              }

              /**
               * A request to run {@link Greetings#sayHello}: job <code>sayHello</code> in channel <code>greetings</code> with args <code>&#123;customer.id&#125;</code>, in strict order.
               * Its unique key is <code>greeting-&#123;customer.id&#125;-&#123;text&#125;</code>.
               *
               * @param payload what the handler gets
               * @return the request, to be changed further or sent
               */
              public static JobRequest sayHello(Greetings.Greeting payload) {
                return SAY_HELLO.request(payload)
                    .channel("greetings", JobBindings.text(payload.customer().id(), "{customer.id}"))
                    .uniqueKey("greeting-" + JobBindings.text(payload.customer().id(), "greeting-{customer.id}-{text}") + "-" + JobBindings.text(payload.text(), "greeting-{customer.id}-{text}"));
              }

              /**
               * A request to run {@link Greetings#tidyUp}: job <code>tidyUp</code> in channel <code>default</code> with args <code>all</code>.
               *
               * @return the request, to be changed further or sent
               */
              public static JobRequest tidyUp() {
                return JobRequest.of("tidyUp")
                    .channel("default", "all");
              }

              /**
               * The handlers, for {@link JobRegistry.Builder#bind}.
               *
               * @param target runs the jobs, called by many threads at once
               * @return the handlers
               */
              public static JobBindings bindings(Greetings target) {
                return (registry, contexts) -> {
                  Greetings.Mailer sayHelloMailer = contexts.get(Greetings.Mailer.class, "job sayHello (Greetings.sayHello)");
                  registry.handle(SAY_HELLO, (job, payload) -> target.sayHello(job, payload, sayHelloMailer));
                  registry.alias("hello", "sayHello");
                  registry.alias("hi", "sayHello");
                  registry.handleInTransaction("tidyUp", (job, connection) -> Greetings.tidyUp(connection));
                };
              }
            }
            """);
  }

  @Test
  void registryAloneIsOfferedWhereNothingIsMissingFromIt() {
    Compilation compilation =
        compile(
            List.of("-Xlint:all"),
            shop("Tidy", "class Tidy { @Job static void tidy() {} }"),
            shop("Mail", "class Mail { @Job void send(@Context StringBuilder out) {} }"));

    assertThat(generated(compilation, "shop.TidyJobs")).contains("JobRegistry register()");
    assertThat(generated(compilation, "shop.MailJobs")).doesNotContain("register(");
  }
}
