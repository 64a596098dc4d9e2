package io.jdbcmq.torture.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProgramsTest {
  @TempDir Path directory;

  @Test
  void theNewestVersionComesFirst() throws Exception {
    for (String version : List.of("9", "15", "18", "common")) {
      Files.createDirectories(directory.resolve(version));
    }
    assertThat(ServerPrograms.versionsIn(directory))
        .containsExactly(
            directory.resolve("18/bin"), directory.resolve("15/bin"), directory.resolve("9/bin"));
  }

  @Test
  void thereNeedNotBeAny() {
    assertThat(ServerPrograms.versionsIn(directory.resolve("missing"))).isEmpty();
  }

  @Test
  void programsOfOneVersionAreFoundTogether() throws Exception {
    Path newer = with("newer", "postgres");
    Path older = with("older", "postgres", "initdb");
    ServerPrograms programs = ServerPrograms.in(List.of(newer, older));

    assertThat(programs.findTogether(List.of("postgres", "initdb"))).contains(older);
    assertThat(programs.find("postgres")).contains(newer.resolve("postgres"));
    assertThat(programs.findTogether(List.of("postgres", "psql"))).isEmpty();
    assertThat(programs.missing(List.of("psql"))).contains("psql", newer.toString());
  }

  private Path with(String name, String... programs) throws IOException {
    Path place = Files.createDirectory(directory.resolve(name));
    for (String program : programs) {
      Path file = Files.createFile(place.resolve(program));
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    return place;
  }
}
