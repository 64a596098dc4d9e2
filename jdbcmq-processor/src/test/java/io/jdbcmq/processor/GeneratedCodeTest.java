package io.jdbcmq.processor;

import static io.jdbcmq.processor.Sources.compile;
import static io.jdbcmq.processor.Sources.generated;
import static io.jdbcmq.processor.Sources.shop;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.testing.compile.Compilation;
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

            /** What is said. @param text text @param customer whose */
            public record Greeting(String text, Customer customer) {}

            /** Whose. @param id number */
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
    Compilation compilation = compile(GREETINGS);

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
            import java.lang.String;
            import java.lang.SuppressWarnings;
            import java.time.Duration;
            import javax.annotation.processing.Generated;

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
