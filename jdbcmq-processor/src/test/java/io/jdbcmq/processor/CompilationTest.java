package io.jdbcmq.processor;

import static com.google.testing.compile.Compiler.javac;
import static io.jdbcmq.processor.Sources.generated;
import static io.jdbcmq.processor.Sources.shop;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.JavaFileObjects;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.TypeElement;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the processor gets on with the compiler and with others. */
class CompilationTest {
  /** Generates {@code shop.Letter} in the first round. */
  private static final class LetterProcessor extends AbstractProcessor {
    private boolean done;

    @Override
    public Set<String> getSupportedAnnotationTypes() {
      return Set.of("*");
    }

    @Override
    public SourceVersion getSupportedSourceVersion() {
      return SourceVersion.latest();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
      if (!done) {
        done = true;
        write("Letter", "record Letter(String text) {}");
      }
      return false;
    }

    private void write(String name, String source) {
      try (Writer writer = processingEnv.getFiler().createSourceFile("shop." + name).openWriter()) {
        writer.write("package shop; " + source);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void typesOfOtherProcessorsAreWaitedFor() {
    Compilation compilation =
        javac()
            .withProcessors(new JobProcessor(), new LetterProcessor())
            .compile(
                shop(
                    "Mail",
                    """
                    class Mail {
                      record Wrapped(Letter letter) {}
                      @Job(uniqueKey = "{text}") void send(Letter letter) {}
                      @Job(uniqueKey = "{letter.text}") void wrapped(Wrapped wrapped) {}
                      @Job void all(List<Letter[]> letters) {}
                    }
                    """));

    assertThat(compilation.errors()).isEmpty();
    assertThat(generated(compilation, "shop.MailJobs"))
        .contains("JobType.of(\"send\", Letter.class)")
        .contains(".uniqueKey(JobBindings.text(payload.letter().text(), \"{letter.text}\"))");
  }

  @Test
  void whatNobodyGeneratesIsReportedByTheCompiler() {
    Compilation compilation =
        Sources.compile(
            List.of("-Xlint:none"),
            shop("A", "class A { @Job(name = Gone.NAME) void run(Lost lost) {} }"));

    assertThat(compilation.errors())
        .extracting(error -> error.getMessage(Locale.ROOT))
        .hasSize(2)
        .allMatch(message -> message.contains("cannot find symbol") || message.contains("Gone"));
  }

  @Test
  void oneMistakeLeavesTheUsersOfTheOtherJobsAlone() {
    Compilation compilation =
        Sources.compile(
            List.of("-Xlint:none"),
            shop(
                "A",
                """
                class A {
                  @Job(retries = -1) void run(String text) {}
                  @Job int count() { return 1; }
                  @Job void tidy() {}
                }
                """),
            shop(
                "B",
                "class B { JobType<String> type = AJobs.RUN; JobRequest go = AJobs.tidy(); }"));

    assertThat(compilation.errors())
        .extracting(error -> error.getMessage(Locale.ROOT))
        .containsExactlyInAnyOrder(
            "retries must be 0 to 10000 but is -1",
            "@Job method count must return void but returns int: nobody waits for it; store the result, or send it in another job");
  }

  @Test
  void defaultsThatWereCompiledWithoutTheProcessorAreReportedWhereTheyAreNamed(@TempDir Path folder)
      throws IOException {
    compileTo(
        folder, shop("Mail", "@JobDefaults(retries = -1, channel = \"mail\") interface Mail {}"));

    Compilation compilation =
        javac()
            .withProcessors(new JobProcessor())
            .withOptions("-cp", folder + ":" + System.getProperty("java.class.path"))
            .compile(shop("A", "class A {\n@Job(\ndefaults = Mail.class)\nvoid run() {} }"));

    assertThat(compilation.errors())
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.getMessage(Locale.ROOT))
                  .isEqualTo("@JobDefaults of Mail: retries must be 0 to 10000 but is -1");
              assertThat(error.getLineNumber()).isEqualTo(10);
            });
  }

  @Test
  void defaultsOfALibraryWork(@TempDir Path folder) throws IOException {
    compileTo(folder, shop("Mail", "@JobDefaults(channel = \"mail\") interface Mail {}"));

    Compilation compilation =
        javac()
            .withProcessors(new JobProcessor())
            .withOptions("-cp", folder + ":" + System.getProperty("java.class.path"))
            .compile(shop("A", "class A { @Job(defaults = Mail.class) void run() {} }"));

    assertThat(compilation.errors()).isEmpty();
    assertThat(generated(compilation, "shop.AJobs")).contains(".channel(\"mail\")");
  }

  @Test
  void namesBeyondAsciiSurviveACompilerThatWritesAscii(@TempDir Path folder) throws IOException {
    Path source =
        Files.writeString(
            Files.createDirectories(folder.resolve("in")).resolve("A.java"),
            "class A { @io.jdbcmq.annotation.Job(name = \"gr\\u00fc\\u00dfen\") void run(Caf\\u00e9 c) {} record Caf\\u00e9() {} }",
            StandardCharsets.US_ASCII);

    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                InputStream.nullInputStream(),
                null,
                null,
                "-encoding",
                "US-ASCII",
                "-processor",
                JobProcessor.class.getName(),
                "-d",
                folder.toString(),
                source.toString());

    assertThat(result).isZero();
    assertThat(folder.resolve("AJobs.java"))
        .content(StandardCharsets.US_ASCII)
        .contains("JobType.of(\"gr\\u00fc\\u00dfen\", A.Caf\\u00e9.class)");
  }

  @Test
  void moduleWithoutTheAnnotationsOfTheCompilerGetsNone() {
    Compilation compilation =
        javac()
            .withProcessors(new JobProcessor())
            .withOptions("--limit-modules", "java.base,java.sql", "--add-modules", "java.sql")
            .compile(shop("A", "class A { @Job void run() {} }"));

    assertThat(compilation.errors()).isEmpty();
    assertThat(generated(compilation, "shop.AJobs")).doesNotContain("Generated");
  }

  @Test
  void thereIsNothingToDoWithoutTheCore() {
    Compilation compilation =
        javac()
            .withProcessors(new JobProcessor())
            .withClasspath(List.of())
            .compile(JavaFileObjects.forSourceString("A", "class A { @Deprecated void run() {} }"));

    assertThat(compilation.errors()).isEmpty();
  }

  private static void compileTo(Path folder, JavaFileObject source) throws IOException {
    Compilation compilation = javac().compile(source);
    for (JavaFileObject file : compilation.generatedFiles()) {
      Path target = folder.resolve(file.getName().replaceFirst("^/CLASS_OUTPUT/", ""));
      Files.createDirectories(target.getParent());
      try (InputStream in = file.openInputStream()) {
        Files.copy(in, target);
      }
    }
  }
}
