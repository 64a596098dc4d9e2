package io.jdbcmq.torture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Short runs without faults, to see that the harness works: what it can show takes longer. */
class TortureIT {
  @TempDir Path folder;

  @Test
  void promisesAreKept() {
    assertThat(torture("--seconds", "10", "--seed", "1", "--faults", "none")).isZero();

    JsonNode report = JsonMapper.shared().readTree(folder.resolve("run/report.json").toFile());
    assertThat(report.get("verdict").asString()).isEqualTo("ok");
    assertThat(report.get("jobs").asInt()).isGreaterThan(100);
    assertThat(report.get("effects").asInt()).isGreaterThan(50);
    assertThat(report.get("rolled back").asInt()).isPositive();
  }

  /** The check is worth nothing if it finds nothing. */
  @Test
  void aPlantedDefectIsFound() {
    assertThat(
            torture(
                "--seconds", "10", "--seed", "1", "--faults", "none", "--plant", "order-ignored"))
        .isEqualTo(1);

    JsonNode report = JsonMapper.shared().readTree(folder.resolve("run/report.json").toFile());
    assertThat(report.get("verdict").asString()).isEqualTo("violated");
    assertThat(report.get("out of order").asInt()).isPositive();
  }

  @Test
  void aDefectOfTheUsersIsFound() throws Exception {
    Path script = folder.resolve("defect.sql");
    Files.writeString(
        script,
        """
        create function late() returns trigger language plpgsql as $$
        begin
          new.retries := least(10000, new.retries + 5);
          return new;
        end $$;
        create trigger late before insert on mq_jobs for each row execute function late();
        """);
    assertThat(
            torture(
                "--seconds", "10", "--seed", "1", "--faults", "none", "--sql", script.toString()))
        .isEqualTo(1);
  }

  @Test
  void badArgumentsAreTold() {
    assertThat(torture("--sql", folder.resolve("none-such").toString())).isEqualTo(2);
    assertThat(torture("--seconds", "5")).isEqualTo(2);
    assertThat(torture("--faults", "kil")).isEqualTo(2);
    assertThat(torture("--plant", "none-such")).isEqualTo(2);
    assertThat(torture("--test-the-tester", "--faults", "kill")).isEqualTo(2);
    assertThat(torture("--pause", "3600001")).isEqualTo(2);
    assertThat(torture("--every", "-1")).isEqualTo(2);
  }

  @Test
  void aFolderThatIsTakenIsLeftAlone() throws Exception {
    Path run = Files.createDirectory(folder.resolve("run"));
    Path there = Files.createFile(run.resolve("there"));
    assertThat(torture("--faults", "none")).isEqualTo(2);
    assertThat(run).isDirectoryContaining(there::equals);
    Files.delete(there);
    Files.delete(run);
    Files.createFile(run);
    assertThat(torture("--faults", "none")).isEqualTo(2);
  }

  /** A runner that stands still cannot end by itself. */
  @Test
  void nothingIsLeftWhenItIsInterrupted() throws Exception {
    Process torture =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Torture.class.getName(),
                "--faults",
                "pause",
                "--folder",
                folder.resolve("run").toString())
            .redirectErrorStream(true)
            .start();
    List<ProcessHandle> all = List.of();
    try (BufferedReader said = torture.inputReader(UTF_8)) {
      String line = said.readLine();
      while (line != null && !line.equals("  pause")) {
        line = said.readLine();
      }
      assertThat(line).as("what was said last").isEqualTo("  pause");
      all = torture.descendants().toList();
      assertThat(all).hasSizeGreaterThan(5);
      torture.destroy(); // as Ctrl-C does
      assertThat(torture.waitFor(60, SECONDS)).isTrue();
      List<ProcessHandle> ending = all;
      await().atMost(60, SECONDS).until(() -> ending.stream().noneMatch(ProcessHandle::isAlive));
    } finally {
      all.forEach(ProcessHandle::destroyForcibly);
      torture.destroyForcibly();
    }
  }

  @Test
  void aScriptThatFailsIsNoVerdict() throws Exception {
    Path script = folder.resolve("broken.sql");
    Files.writeString(script, "create table mq_jobs ();");
    assertThat(
            torture(
                "--seconds", "10", "--seed", "1", "--faults", "none", "--sql", script.toString()))
        .isEqualTo(3);
  }

  /** It is used: one without classes lets every second process end before it begins. */
  @Test
  void anotherVersionOfTheLibraryTakesThePlaceOfThePresentOne() throws Exception {
    Path jar = folder.resolve("empty.jar");
    new JarOutputStream(Files.newOutputStream(jar), new Manifest()).close();
    assertThat(
            torture(
                "--seconds", "10", "--seed", "1", "--faults", "none", "--old-lib", jar.toString()))
        .isEqualTo(3);
    // The run ends with the first of them that is found to have ended.
    assertThat(logs("runner-2", "producer-4")).contains("NoClassDefFoundError");
    assertThat(logs("runner-1", "runner-3", "producer-5")).doesNotContain("NoClassDefFoundError");
  }

  private String logs(String... processes) throws IOException {
    StringBuilder logs = new StringBuilder();
    for (String process : processes) {
      logs.append(Files.readString(folder.resolve("run").resolve(process + ".log")));
    }
    return logs.toString();
  }

  /** The observer calls it, and nothing else does. */
  @Test
  void aFunctionThatFailsIsFound() throws Exception {
    Path script = folder.resolve("failing.sql");
    Files.writeString(
        script,
        """
        create or replace function mq_extend_v1(p_id uuid, p_reserve_ms bigint) returns boolean
          language plpgsql as $$ begin raise 'broken' using errcode = '53400'; end $$;
        """);
    assertThat(
            torture(
                "--seconds", "10", "--seed", "1", "--faults", "none", "--sql", script.toString()))
        .isEqualTo(1);
    JsonNode report = JsonMapper.shared().readTree(folder.resolve("run/report.json").toFile());
    assertThat(report.get("violations").toString())
        .contains("looking at contract has failed: ERROR: broken");
  }

  private int torture(String... args) {
    String[] all = Arrays.copyOf(args, args.length + 2);
    all[args.length] = "--folder";
    all[args.length + 1] = folder.resolve("run").toString();
    return new CommandLine(new Torture()).execute(all);
  }
}
