package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page on security names tests for its controls, and each of them exists. */
class SecurityPageTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve(Path.of("docs", "reference", "security.md"));
  private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");
  private static final Pattern TEST =
      Pattern.compile("@(Test|ParameterizedTest|Property|Example)\\b");
  private static final Pattern BUILD = Pattern.compile("rules of the build \\((.+)\\)");

  /** What the build checks without a test, and where it is told to. */
  private static final Map<String, Enforcement> RULES_OF_THE_BUILD =
      Map.of(
          "`bannedDependencies` in `jdbcmq/pom.xml`",
          new Enforcement("jdbcmq/pom.xml", "<exclude>*:*:*:*:compile</exclude>"),
          "`dependencies.txt` of each module",
          new Enforcement("pom.xml", "<argument>${project.basedir}/dependencies.txt</argument>"));

  private record Enforcement(String pom, String text) {}

  private static final Pattern ROW = Pattern.compile("\\|.+\\|.+\\|(.+)\\|");

  @Test
  void eachTestThatIsNamedExists() throws IOException {
    String page = Files.readString(PAGE);
    assertThat(missing(page)).isEmpty();
    assertThat(NAMED.matcher(page).results().count()).isGreaterThan(60);
  }

  @Test
  void aTestThatDoesNotExistIsFound() throws IOException {
    assertThat(
            missing(
                "`SecurityPageTest.eachTestThatIsNamedExists`, `SecurityPageTest.nothing`,"
                    + " `NoSuchIT.nothing`"))
        .containsExactly("SecurityPageTest.nothing", "NoSuchIT.nothing");
  }

  @Test
  void aMethodThatIsNoTestIsFound() throws IOException {
    assertThat(missing("`SecurityPageTest.eachTestThatIsNamedExists`, `CanaryIT.search`"))
        .containsExactly("CanaryIT.search");
  }

  /** A control without a test says so, by a dash or by the rule of the build that shows it. */
  @Test
  void eachControlTellsWhatShowsIt() throws IOException {
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.startsWith("| "))
            .filter(line -> !line.startsWith("| against "))
            .toList();
    assertThat(rows)
        .hasSizeGreaterThan(25)
        .allSatisfy(
            row -> {
              Matcher cells = ROW.matcher(row);
              assertThat(cells.matches()).isTrue();
              assertThat(isShown(cells.group(1).strip())).as(row).isTrue();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "`a.b`",
        "`mq_jobs.token`",
        "`SecurityPageTest.nothing`",
        "`NoSuchIT.nothing`, `SecurityPageTest.eachTestThatIsNamedExists`",
        "see `SecurityPageTest.eachTestThatIsNamedExists`",
        "a rule of the build",
        "rules of the build (`checkstyle` in `pom.xml`)"
      })
  void aControlThatNothingShowsIsFound(String cell) throws IOException {
    assertThat(isShown(cell)).isFalse();
  }

  /** Whether it holds nothing but tests that exist, or rules that the build has. */
  private static boolean isShown(String cell) throws IOException {
    if (cell.equals("–") || isEnforcedByTheBuild(cell)) {
      return true;
    }
    return Stream.of(cell.split(", ")).allMatch(name -> NAMED.matcher(name).matches())
        && missing(cell).isEmpty();
  }

  private static boolean isEnforcedByTheBuild(String cell) throws IOException {
    Matcher rules = BUILD.matcher(cell);
    if (!rules.matches()) {
      return false;
    }
    for (String rule : rules.group(1).split(", ", -1)) {
      Enforcement enforcement = RULES_OF_THE_BUILD.get(rule);
      if (enforcement == null || !read(ROOT.resolve(enforcement.pom)).contains(enforcement.text)) {
        return false;
      }
    }
    return true;
  }

  private static List<String> missing(String page) throws IOException {
    List<Path> sources = testSources();
    return NAMED
        .matcher(page)
        .results()
        .filter(named -> !exists(sources, named.group(1), named.group(2)))
        .map(named -> named.group(1) + "." + named.group(2))
        .toList();
  }

  /** In each module that has a class of this name. */
  private static boolean exists(List<Path> sources, String type, String method) {
    List<Path> named =
        sources.stream().filter(path -> path.endsWith(Path.of(type + ".java"))).toList();
    return !named.isEmpty() && named.stream().allMatch(path -> hasTest(read(path), method));
  }

  private static boolean hasTest(String source, String method) {
    int at = source.indexOf("void " + method + "(");
    return at >= 0 && TEST.matcher(source.substring(source.lastIndexOf("\n\n", at) + 1, at)).find();
  }

  private static List<Path> testSources() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve(Path.of("src", "test", "java")))
          .filter(Files::isDirectory)
          .flatMap(SecurityPageTest::files)
          .collect(Collectors.toList());
    }
  }

  private static Stream<Path> files(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(path -> path.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
