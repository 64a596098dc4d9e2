package io.jdbcmq.torture.plant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Defects fit the sources as they are today. An IT for the class path, which has the library. */
class JavaPlantIT {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void canBePlantedOnce(JavaPlant plant) {
    String planted = plant.planted(plant.source().text());
    assertThatThrownBy(() -> plant.planted(planted + plant.source().text() + plant.source().text()))
        .isInstanceOf(PlantException.class)
        .hasMessageContaining("exactly once");
  }

  /** The compiled class differs from that of the library, and comes from the new folder. */
  @ParameterizedTest
  @EnumSource
  void canBeCompiled(JavaPlant plant) throws Exception {
    plant.into(folder);
    String name = plant.source().path().replaceAll("\\.java$", ".class");
    try (URLClassLoader first = new URLClassLoader(new URL[] {folder.toUri().toURL()}, null)) {
      assertThat(bytes(first, name)).isNotEqualTo(bytes(getClass().getClassLoader(), name));
    }
  }

  @Test
  void whatDoesNotCompileIsTold() {
    CoreSource source = new CoreSource("internal/runner/PollPace.java");
    assertThatThrownBy(() -> source.compile(source.text().replace("return", "retrun"), folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not compile")
        .hasMessageContaining("PollPace.java");
  }

  @Test
  void namesAreUnique() {
    assertThat(KnownDefect.all().stream().map(KnownDefect::name))
        .hasSize(Plant.values().length + JavaPlant.values().length)
        .doesNotHaveDuplicates()
        .contains("order-ignored", "poll-omitted");
  }

  private static byte[] bytes(ClassLoader loader, String name) throws IOException {
    try (var in = loader.getResourceAsStream("io/jdbcmq/" + name)) {
      return in.readAllBytes();
    }
  }
}
