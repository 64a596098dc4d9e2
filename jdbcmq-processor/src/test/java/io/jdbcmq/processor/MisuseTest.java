package io.jdbcmq.processor;

import static io.jdbcmq.processor.Sources.compile;
import static io.jdbcmq.processor.Sources.shop;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.testing.compile.Compilation;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each misuse is one error, on the line that is marked, that says what to do. */
class MisuseTest {
  private static final String MARK = "// <-";

  private record Misuse(String source, String message) {
    @Override
    public String toString() {
      return message;
    }
  }

  /** Members of a class A. */
  private static Misuse in(String members, String message) {
    return new Misuse("class A {\n" + members + "\n}", message);
  }

  /** Attributes of a job without payload; the last one is the wrong one. */
  private static Misuse value(String attributes, String message) {
    return in("@Job(\n" + attributes + " // <-\n)\nvoid run() {}", message);
  }

  static Stream<Misuse> methods() {
    return Stream.of(
        in(
            "@Job\nprivate void run() {} // <-",
            "@Job method run is private: make it package-private, so that AJobs can call it"),
        new Misuse(
            "abstract class A {\n@Job\nabstract void run(); // <-\n}",
            "@Job method run is abstract: put @Job on the method that has the code"),
        new Misuse(
            "interface A {\n@Job\ndefault void run() {} // <-\n}",
            "@Job method run is in an interface: move it to a class"),
        new Misuse(
            "interface A {\n@Job\nstatic void run() {} // <-\n}",
            "@Job method run is in an interface: move it to a class"),
        in(
            "class B { // <-\n@Job void run() {}\n}",
            "A.B has @Job methods and is an inner class: make it static"),
        in(
            "private static class B { // <-\n@Job void run() {}\n}",
            "A.B has @Job methods and is private: make A.B package-private, so that A_BJobs can use it"),
        in(
            "private static class B {\nstatic class C { // <-\n@Job void run() {}\n}}",
            "A.B.C has @Job methods and is private: make A.B package-private, so that A_B_CJobs can use it"),
        new Misuse(
            "class A<T> { // <-\n@Job void run() {}\n}",
            "A has @Job methods and type parameters, of which a stored job knows nothing: move the methods to a class without"),
        in(
            "@Job\n<T> void run() {} // <-",
            "@Job method run has type parameters, of which a stored job knows nothing: write a type instead"),
        in(
            "@Job\nList<String> run() { return null; } // <-",
            "@Job method run must return void but returns List<String>: nobody waits for it; store the result, or send it in another job"),
        in(
            "@Job void run() {}\n@Job\nvoid run(String text) {} // <-",
            "A has two @Job methods run: give this one another name"),
        in(
            "@Job void sendMail() {}\n@Job\nvoid send_mail() {} // <-",
            "@Job methods sendMail and send_mail would both get the constant SEND_MAIL: give this one another name"),
        in(
            "@Job\nvoid bindings(String text) {} // <-",
            "@Job method bindings cannot be called so, as AJobs has a method bindings already: rename it, and set name = \"bindings\" if jobs are to have this name"),
        in(
            "@Job\nvoid register() {} // <-",
            "@Job method register cannot be called so, as AJobs has a method register already: rename it, and set name = \"register\" if jobs are to have this name"),
        in(
            "@Job\nvoid notify(CurrentJob job) {} // <-",
            "@Job method notify cannot be called so, as AJobs has a method notify already: rename it, and set name = \"notify\" if jobs are to have this name"),
        in(
            "@Job\nvoid run() throws Throwable {} // <-",
            "@Job method run must not throw Throwable: declare Exception, or something more specific"),
        in(
            "@Job\nvoid " + "x".repeat(501) + "() {} // <-",
            "job name must have 1 to 500 bytes of UTF-8 but has 501, the name of the method: set name in @Job"),
        new Misuse(
            "class A { // <-\n@Job void run() {}\n}\nclass AJobs {}",
            "cannot generate AJobs for A, as there is a class of this name: rename one of the two"));
  }

  static Stream<Misuse> parameters() {
    return Stream.of(
        in(
            "@Job void run(\nConnection connection) {} // <-",
            "a Connection is given to transactional jobs only: add transactional = true to @Job"),
        in(
            "@Job void run(CurrentJob one,\nCurrentJob two) {} // <-",
            "run has two parameters of type CurrentJob: leave one out"),
        in(
            "@Job(transactional = true) void run(Connection one,\nConnection two) {} // <-",
            "run has two parameters of type Connection: leave one out"),
        in(
            "@Job void run(@Payload String one,\n@Payload String two) {} // <-",
            "there are two parameters with @Payload: a job has one payload; put both into one record"),
        in(
            "@Job void run(String text, Locale one,\nLocale two) {} // <-",
            "run has two context objects of type Locale, and both would be the same one: leave one out, or give one a type of its own"),
        in(
            "@Job void run(\n@Payload @Context String text) {} // <-",
            "parameter text is marked with @Payload and with @Context: leave one out"),
        in(
            "@Job void run(\n@Payload CurrentJob job) {} // <-",
            "CurrentJob cannot be the payload: leave @Payload out"),
        in(
            "@Job void run(\n@Context CurrentJob job) {} // <-",
            "CurrentJob is not a context object: leave @Context out"),
        in(
            "@Job void run(String text,\nint number) {} // <-",
            "parameter number cannot take a context object: int is no class; put such values into the payload, or into a record that the registry has"),
        in(
            "@Job void run(String text,\nList<String> texts) {} // <-",
            "parameter texts cannot take a context object: the registry finds it by its class, and List<String> has type arguments; take a class or interface of your own"),
        in(
            "private static class B {}\n@Job void run(String text,\nB b) {} // <-",
            "parameter b cannot take a context object: the generated class cannot use A.B: make it package-private or public"),
        in(
            "void run(\n@Payload String text) {} // <-",
            "@Payload means something on parameters of @Job methods only: add @Job to run, or leave it out"),
        in(
            "void run(\n@Context String text) {} // <-",
            "@Context means something on parameters of @Job methods only: add @Job to run, or leave it out"));
  }

  static Stream<Misuse> payloads() {
    return Stream.of(
        payload("List<?> all", "? does not say what to read: write a type instead"),
        payload(
            "List<? extends Number> all",
            "? extends Number does not say what to read: write a type instead"),
        payload("List all", "List has type parameters: write its arguments, too"),
        payload("Map<String, List> all", "List has type parameters: write its arguments, too"),
        payload(
            "List<String>[] all",
            "an array of a type with arguments cannot be told from one of another: take a List"),
        payload(
            "Hidden hidden",
            "the generated class cannot use A.Hidden: make it package-private or public"),
        payload(
            "List<Hidden> hidden",
            "the generated class cannot use A.Hidden: make it package-private or public"),
        payload(
            "Hidden[] hidden",
            "the generated class cannot use A.Hidden: make it package-private or public"),
        payload(
            "Inner inner",
            "A.Inner is an inner class, which cannot be made without an object of its outer class: make it static"),
        unreadable("Runnable", "Runnable"),
        unreadable("java.util.function.Supplier<String>", "Supplier"),
        unreadable("Thread", "Thread"),
        unreadable("java.io.FileInputStream", "FileInputStream"),
        unreadable("javax.sql.DataSource", "DataSource"),
        unreadable("java.sql.PreparedStatement", "PreparedStatement"),
        unreadable("java.util.concurrent.ExecutorService", "ExecutorService"),
        unreadable("java.util.stream.Stream<String>", "Stream"),
        unreadable("Optional<Iterator<String>>", "Iterator"),
        unreadable("io.jdbcmq.JobQueue", "JobQueue"),
        unreadable("Void", "Void"));
  }

  private static Misuse payload(String parameter, String message) {
    return in(
        "private record Hidden() {}\nclass Inner {}\n@Job void run(CurrentJob job,\n%s) {} // <-"
            .formatted(parameter),
        "parameter %s cannot take the payload: %s"
            .formatted(parameter.replaceAll(".* ", ""), message));
  }

  private static Misuse unreadable(String type, String name) {
    return payload(
        type + " it",
        "%s cannot be read from JSON: if it is an object of the registry, mark the parameter @Context"
            .formatted(name));
  }

  static Stream<Misuse> values() {
    return Stream.of(
        value("name = \"\"", "job name must have 1 to 500 bytes of UTF-8 but has 0"),
        value(
            "name = \"" + "ä".repeat(251) + "\"",
            "job name must have 1 to 500 bytes of UTF-8 but has 502"),
        value(
            "name = \"a\\0b\"",
            "job name must not contain the character NUL, which PostgreSQL cannot store"),
        value(
            "name = \"a\\ud83d\"",
            "job name must be valid Unicode but contains half of a surrogate pair"),
        value("aliases =\n\"\"", "alias must have 1 to 500 bytes of UTF-8 but has 0"),
        value(
            "aliases = {\"a\",\n\"run\"}", "alias run is the name of the job itself: leave it out"),
        value("aliases = {\"a\",\n\"a\"}", "alias a is written twice: leave one out"),
        in(
            "@Job(name = \"x\") void one() {}\n@Job(\nname = \"x\") // <-\nvoid two() {}",
            "one and two both handle jobs of the name x: each name has one handler"),
        in(
            "@Job(name = \"two\") void one() {}\n@Job\nvoid two() {} // <-",
            "one and two both handle jobs of the name two: each name has one handler"),
        in(
            "@Job(aliases = {\"a\",\n\"two\"}) // <-\nvoid one() {}\n@Job void two() {}",
            "two and one both handle jobs of the name two: each name has one handler"),
        in(
            "@Job(aliases = \"x\") void one() {}\n@Job(\naliases = \"x\") // <-\nvoid two() {}",
            "one and two both handle jobs of the name x: each name has one handler"),
        value("channel = \"\"", "channel must have 1 to 1000 bytes of UTF-8 but has 0"),
        value(
            "channel = \"" + "x".repeat(1001) + "\"",
            "channel must have 1 to 1000 bytes of UTF-8 but has 1001"),
        value(
            "channelArgs = \"" + "x".repeat(1001) + "\"",
            "channelArgs must have 0 to 1000 bytes of UTF-8 but has 1001"),
        value("uniqueKey = \"\"", "uniqueKey must have 1 to 1000 bytes of UTF-8 but has 0"),
        value("retries =\n-1", "retries must be 0 to 10000 but is -1"),
        value("retries =\n10_001", "retries must be 0 to 10000 but is 10001"),
        value("priority =\n32768", "priority must be -32768 to 32767 but is 32768"),
        value("priority =\n-32769", "priority must be -32768 to 32767 but is -32769"),
        value("jitter =\n1.01", "jitter must be 0 to 1 but is 1.01"),
        value("jitter =\n-0.5", "jitter must be 0 to 1 but is -0.5"),
        value("jitter =\n0.0 / 0", "jitter must be 0 to 1 but is NaN"),
        value(
            "backoff = \"2s\"",
            "backoff must be an ISO-8601 duration such as \"PT2S\" or \"P1D\" but is \"2s\""),
        value("backoff = \"PT-1S\"", "backoff must be PT0S to P24D but is PT-1S"),
        value("backoff = \"PT576H0.001S\"", "backoff must be PT0S to P24D but is PT576H0.001S"),
        value("backoff = \"PT0.0001S\"", "backoff must be in whole milliseconds but is PT0.0001S"),
        value("maxBackoff = \"P36501D\"", "maxBackoff must be PT0S to P36500D but is P36501D"),
        value(
            "maxBackoff = \"\"",
            "maxBackoff must be an ISO-8601 duration such as \"PT2S\" or \"P1D\" but is \"\""),
        value("timeout = \"PT0S\"", "timeout must be PT0.001S to P36500D but is PT0S"),
        value("timeout = \"PT-5M\"", "timeout must be PT0.001S to P36500D but is PT-5M"),
        value("timeout = \"P36501D\"", "timeout must be PT0.001S to P36500D but is P36501D"),
        value("timeout = \"PT1.0005S\"", "timeout must be in whole milliseconds but is PT1.0005S"),
        value(
            "onDeath =\nOnDeath.BLOCK",
            "onDeath is for ordered jobs only: add ordered = true, or leave onDeath out"),
        value(
            "ordered = false,\nonDeath = OnDeath.SKIP",
            "onDeath is for ordered jobs only: add ordered = true, or leave onDeath out"),
        value(
            "defaults =\nString.class",
            "String has no @JobDefaults: add it there, or name a class that has it"));
  }

  static Stream<Misuse> defaults() {
    return Stream.of(
        in(
            "@JobDefaults(\nretries = -1) // <-\ninterface B {}\n@Job(defaults = B.class) void run() {}",
            "retries must be 0 to 10000 but is -1"),
        in(
            "@JobDefaults(\nonDeath = OnDeath.SKIP) // <-\ninterface B {}",
            "onDeath is for ordered jobs only: add ordered = true, or leave onDeath out"),
        in(
            "@JobDefaults(\ntimeout = \"1\") // <-\ninterface B {}",
            "timeout must be an ISO-8601 duration such as \"PT2S\" or \"P1D\" but is \"1\""));
  }

  static Stream<Misuse> templates() {
    return Stream.of(
        template(
            "{nam}",
            "there is no property nam: Order has no method nam() or getNam() and no field of that name"),
        template(
            "{customer.nam}",
            "there is no property nam: Customer has no method nam() or getNam() and no field of that name"),
        template("{id.x}", "there is no property x: long has no properties"),
        template(
            "{class}",
            "there is no property class: Order has no method class() or getClass() and no field of that name"),
        template(
            "{hash}",
            "there is no property hash: Order has no method hash() or getHash() and no field of that name"),
        template("{secret}", "property secret of Order cannot be used here: make it public"),
        template(
            "{costly}",
            "property costly of Order cannot be used here: its method throws checked exceptions"),
        template(
            "{tags}",
            "{tags} is of type String[], and the text of an array says nothing of what is in it: name another property"),
        template(
            "{note}",
            "{note} is of type Optional<String>, whose text is not that of its value: add a method that returns the text, and name that"),
        template(
            "a{id",
            "template \"a{id\" has a { that is not closed, at character 2: write {{ for a brace"),
        template(
            "a}",
            "template \"a}\" has a } without a { before it, at character 2: write }} for a brace"),
        template(
            "{ id }",
            "template \"{ id }\" has { id }, which is not the name of a property: write it as in {id} or {customer.id}"),
        template(
            "{id..x}",
            "template \"{id..x}\" has {id..x}, which is not the name of a property: write it as in {id} or {customer.id}"),
        new Misuse(
            "class A {\n@Job(\nuniqueKey = \"{id}\") // <-\nvoid run() {}\n}",
            "uniqueKey: template \"{id}\" names a property, but the job has no JSON payload: leave the property out, or write {{ and }} for braces"),
        new Misuse(
            "class A {\n@Job(\nchannelArgs = \"{}\") // <-\nvoid run(byte[] bytes) {}\n}",
            "channelArgs: template \"{}\" names a property, but the job has no JSON payload: leave the property out, or write {{ and }} for braces"),
        new Misuse(
            "class A {\n@Job(\nuniqueKey = \"{}\") // <-\nvoid run(String... words) {}\n}",
            "uniqueKey: the payload is of type String[], and the text of an array says nothing of what is in it: name another property"),
        new Misuse(
            "class A {\nstatic class P {}\n@Job(\nuniqueKey = \"{}\") // <-\nvoid run(P p) {}\n}",
            "uniqueKey: the payload is of type A.P, which has no toString of its own, so that no two of its texts are alike: name a property of it, or give it a toString"),
        new Misuse(
            "class A {\n@Job(\nuniqueKey = \"{x}\") // <-\nvoid run(int number) {}\n}",
            "uniqueKey: there is no property x: int has no properties"));
  }

  private static Misuse template(String template, String message) {
    String payload =
        """
        class Customer {}
        class Order {
          long id; Customer customer; String[] tags; Optional<String> note; private String secret;
          static int hash; String costly() throws Exception { return ""; }
        }
        class A { @Job(
        uniqueKey = "%s") // <-
        void run(Order order) {} }
        """;
    return new Misuse(payload.formatted(template), "uniqueKey: " + message);
  }

  @ParameterizedTest
  @MethodSource({"methods", "parameters", "payloads", "values", "defaults", "templates"})
  void isAnErrorAtItsPlace(Misuse misuse) {
    Compilation compilation = compile(List.of("-Xlint:none"), shop("A", misuse.source()));

    assertThat(compilation.errors())
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.getMessage(Locale.ROOT)).isEqualTo(misuse.message());
              assertThat(lineOf(error)).contains(MARK);
            });
  }

  private static String lineOf(Diagnostic<? extends JavaFileObject> error) throws IOException {
    String source = error.getSource().getCharContent(false).toString();
    return source.lines().skip(error.getLineNumber() - 1).findFirst().orElseThrow();
  }
}
