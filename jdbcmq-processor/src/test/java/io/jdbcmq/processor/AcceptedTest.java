package io.jdbcmq.processor;

import static io.jdbcmq.processor.Sources.compile;
import static io.jdbcmq.processor.Sources.shop;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.JavaFileObjects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is generated for the shapes that handlers have compiles without a warning. */
class AcceptedTest {
  /**
   * A class that is accepted.
   *
   * @param use what a caller writes
   */
  private record Shape(String what, String source, String use) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Shape> shapes() {
    return Stream.of(
        new Shape(
            "a static nested class",
            "class A { static class B { static class C { @Job void run(String text) {} } } }",
            "A_B_CJobs.run(\"\"); A_B_CJobs.register(new A.B.C());"),
        new Shape(
            "static methods alone",
            "class A { @Job static void run(String text) {} @Job static void tidy() {} }",
            "A_use(AJobs.RUN.name()); AJobs.tidy(); AJobs.register(); AJobs.bindings();"),
        new Shape("a method of a record", "record A(int x) { @Job void run() {} }", "AJobs.run();"),
        new Shape("a method of an enum", "enum A { B; @Job void run() {} }", "AJobs.run();"),
        new Shape(
            "a class in an interface",
            "interface A { class B { @Job void run(Date date) {} } }",
            "A_BJobs.run(new Date());"),
        new Shape(
            "protected, final and synchronized methods",
            "class A { @Job protected final synchronized void run(String text) {} }",
            "AJobs.run(\"\");"),
        new Shape(
            "all parameters in another order",
            """
            class A {
              @Job(transactional = true)
              void run(List<String> texts, Connection connection, StringBuilder out, CurrentJob job, Locale locale) {}
            }
            """,
            "AJobs.run(List.of());"),
        new Shape(
            "a payload behind a context object",
            "class A { @Job void run(StringBuilder out, @Payload String text) {} }",
            "AJobs.run(\"\");"),
        new Shape(
            "context objects without payload",
            "class A { @Job void run(@Context StringBuilder out, @Context Locale locale) {} }",
            "AJobs.run();"),
        new Shape(
            "a context object of a raw type and one of an array",
            """
            @SuppressWarnings("rawtypes")
            class A { @Job void run(@Context List list, @Context Locale[] locales) {} }
            """,
            "AJobs.run();"),
        new Shape(
            "payload and context object of one type",
            "class A { @Job void run(String text, String name) {} }",
            "AJobs.run(\"\");"),
        new Shape(
            "generic payloads",
            """
            class A {
              @Job void list(List<String> texts) {}
              @Job void map(Map<String, List<Integer>> map) {}
              @Job void arrays(List<int[]> arrays) {}
              @Job void entry(Map.Entry<String, Map<Long, Set<Locale>>> entry) {}
            }
            """,
            "AJobs.list(List.of(\"a\")); AJobs.map(Map.of()); AJobs.arrays(List.of());"),
        new Shape(
            "arrays",
            """
            class A {
              @Job void bytes(byte[] bytes) {}
              @Job void texts(String[] texts) {}
              @Job void table(int[][] table) {}
              @Job void words(String... words) {}
              @Job void numbers(CurrentJob job, long... numbers) {}
            }
            """,
            "AJobs.bytes(new byte[0]); AJobs.words(new String[0]); AJobs.numbers(new long[] {1});"),
        new Shape(
            "primitive payloads",
            """
            class A {
              @Job(uniqueKey = "{}") void number(int number) {}
              @Job void big(long number) {}
              @Job void flag(boolean flag) {}
              @Job void letter(char letter) {}
              @Job void boxed(Integer number) {}
            }
            """,
            "AJobs.number(1); AJobs.flag(true); AJobs.boxed(null);"),
        new Shape(
            "overloads that are no jobs",
            """
            class A {
              @Job void run(int number) {}
              void run(Object object) {}
              void run(Integer number, Object... more) {}
              void run(long number) {}
            }
            """,
            "AJobs.run(1);"),
        new Shape(
            "names that the generated code uses, too",
            """
            class A {
              @Job void target(CurrentJob payload, String job, StringBuilder registry, Locale contexts) {}
              @Job void payload(String connection) {}
              @Job void job(@Context StringBuilder target) {}
              @Job(transactional = true) void connection(Connection job, String connection) {}
              @Job void registry() {}
              @Job void contexts(CurrentJob contexts) {}
              @Job void jobStringBuilder(@Context StringBuilder x) {}
            }
            """,
            "AJobs.target(\"\"); AJobs.payload(\"\"); AJobs.job(); AJobs.connection(\"\");"),
        new Shape(
            "a class with the name of a variable",
            "class registry { @Job static void run() {} @Job void go(String s) {} }",
            "registryJobs.run();"),
        new Shape(
            "checked exceptions and errors",
            """
            class A {
              @Job void run() throws Exception {}
              @Job void go() throws java.io.IOException, InterruptedException, Error {}
            }
            """,
            "AJobs.run();"),
        new Shape(
            "deprecated handlers and payloads",
            """
            class A {
              /** Old. @deprecated old */
              @Deprecated(forRemoval = true) static class Old {}
              /** Old. @deprecated old */
              @Deprecated @Job void run(String text) {}
              /** Old. @deprecated old */
              @Deprecated @Job void old(Old old) {}
            }
            """,
            "AJobs.run(\"\");"),
        new Shape(
            "an interface as payload",
            "class A { @Job void run(CharSequence text) {} @Job void all(Collection<CharSequence> c) {} }",
            "AJobs.run(\"\");"),
        new Shape(
            "dates of JDBC, which JSON has",
            "class A { @Job void run(java.sql.Timestamp at) {} }",
            "AJobs.run(null);"),
        new Shape(
            "templates",
            """
            class A {
              record Id(long value) {}
              static class Base { public boolean isLoud() { return true; } protected int level; }
              static class Order extends Base {
                String note; final Id id = new Id(1);
                Id getCustomer() { return id; }
                Boolean isOpen() { return true; }
                public char sign() { return '+'; }
              }
              @Job(channelArgs = "{note}", uniqueKey = "{customer.value}/{id.value}{loud}{level}{open}{sign}") void run(Order order) {}
              @Job(channel = "{c}", channelArgs = "a{{b}}c", uniqueKey = "\\"$T$L\\"\\n\\\\u00e4 \\u00e4") void tidy() {}
              @Job(uniqueKey = "{key}={value.size}") void entry(Map.Entry<String, List<Integer>> entry) {}
              @Job(uniqueKey = "{}") void text(String text) {}
            }
            """,
            "AJobs.run(new A.Order()); AJobs.tidy();"),
        new Shape(
            "Javadoc against odd names",
            "class A { @Job(name = \"*/ @x {@y <b> & \\\\u00g \\u2028\\n\", channel = \"*/\") void run(String text) {} }",
            "AJobs.run(\"\");"),
        new Shape(
            "defaults, with exceptions",
            """
            class A {
              @JobDefaults(channel = "mail", retries = 9, ordered = true, onDeath = OnDeath.BLOCK, timeout = "PT1S")
              interface Mail {}
              @Job(defaults = Mail.class) void run() {}
              @Job(defaults = Mail.class, ordered = false, timeout = "", retries = 0) void go() {}
            }
            """,
            "AJobs.run();"),
        new Shape(
            "the ends of all ranges",
            """
            class A {
              @Job(retries = 10000, backoff = "P24D", maxBackoff = "P36500D", jitter = 1, priority = 32767, timeout = "P36500D") void most() {}
              @Job(retries = 0, backoff = "PT0S", maxBackoff = "PT0S", jitter = 0, priority = -32768, timeout = "PT0.001S", channelArgs = "") void least() {}
            }
            """,
            "AJobs.most(); AJobs.least();"),
        new Shape(
            "names of types that the generated code uses, too",
            """
            class JobType { static class Duration {} static class JobRequest {}
              @Job(timeout = "PT1S") void run(Duration d) {} @Job void go(JobRequest r) {} @Job void all(List<JobType> r) {} }
            """,
            "JobTypeJobs.run(new JobType.Duration());"));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void compilesWithoutAWarning(Shape shape) {
    String name =
        shape.source().replaceAll("(?s)^.*?\\b(?:class|record|enum|interface) (\\w+).*$", "$1");
    String use = shape.use().replace("A_use(", "String.valueOf(");

    Compilation compilation =
        compile(
            Sources.LINT,
            shop(name, shape.source()),
            shop("User", "class User { void use() { " + use + " } }"));

    assertThat(compilation.diagnostics()).isEmpty();
  }

  @Test
  void unnamedPackageWorks() {
    Compilation compilation =
        compile(
            Sources.LINT,
            JavaFileObjects.forSourceString(
                "Plain", "class Plain { @io.jdbcmq.annotation.Job void run(String text) {} }"));

    assertThat(compilation.diagnostics()).isEmpty();
  }

  @Test
  void publicMembersAreThoseThatOthersCanUse() {
    Compilation compilation =
        compile(
            Sources.LINT,
            shop(
                "A",
                """
                public class A {
                  record Hidden() {}
                  @Job void open(String text) {}
                  @Job void closed(List<Hidden> hidden) {}
                }
                """));

    assertThat(Sources.generated(compilation, "shop.AJobs"))
        .contains("public static JobRequest open(")
        .contains("\n  static JobRequest closed(")
        .contains("\n  static final JobType<List<A.Hidden>> CLOSED");
  }
}
