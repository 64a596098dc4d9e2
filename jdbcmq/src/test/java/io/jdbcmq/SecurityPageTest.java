package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that the page on security names: each of them exists. */
class SecurityPageTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve(Path.of("docs", "reference", "security.md"));
  private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");
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

  /** A control without a test says so, by a dash or by what shows it instead. */
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
              assertThat(cells.group(1).strip())
                  .matches(".*`\\w+\\.\\w+`.*|–|a rule of the build.*");
            });
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
    Pattern declaration = Pattern.compile("void " + method + "\\(");
    return !named.isEmpty()
        && named.stream().allMatch(path -> declaration.matcher(read(path)).find());
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
