package io.jdbcmq.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.plant.KnownDefect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of the page on the torture test are those of the code. */
class PageTest {
  private static final Path PAGE = Path.of("..", "docs", "how-to", "run-the-torture-test.md");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  @Test
  void eachFaultIsToldOnce() throws IOException {
    assertThat(firstColumn("What goes wrong"))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Fault.values()).map(Fault::text).toList());
  }

  @Test
  void eachPromiseIsToldOnce() throws IOException {
    assertThat(firstColumn("What is checked"))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Promise.values()).map(Promise::name).toList());
  }

  @Test
  void eachDefectIsToldOnceWithItsFaults() throws IOException {
    assertThat(firstColumn("Does it find anything?"))
        .containsExactlyInAnyOrderElementsOf(
            KnownDefect.all().stream().map(KnownDefect::name).toList());
    List<String> rows = rows("Does it find anything?");
    for (KnownDefect defect : KnownDefect.all()) {
      String faults = defect.faults().equals("none") ? "none" : "`" + defect.faults() + "`";
      assertThat(rows)
          .as(defect.name())
          .anyMatch(row -> row.startsWith("| `" + defect.name() + "` |") && row.contains(faults));
    }
  }

  private static List<String> firstColumn(String section) throws IOException {
    List<String> names = new ArrayList<>();
    for (String row : rows(section)) {
      Matcher name = NAME.matcher(row.substring(0, row.indexOf('|', 1)));
      while (name.find()) {
        names.add(name.group(1));
      }
    }
    return names;
  }

  /** Rows of tables that begin with a name. */
  private static List<String> rows(String section) throws IOException {
    String text = Files.readString(PAGE);
    int begin = text.indexOf("\n## " + section);
    assertThat(begin).as(section).isPositive();
    int end = text.indexOf("\n## ", begin + 1);
    return text.substring(begin, end < 0 ? text.length() : end)
        .lines()
        .filter(line -> line.startsWith("| `") && !line.startsWith("| `--"))
        .toList();
  }
}
