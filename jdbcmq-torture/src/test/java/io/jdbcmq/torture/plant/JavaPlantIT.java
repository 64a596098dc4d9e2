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
    for (Passage passage : plant.passages()) {
      String text = new CoreSource(passage.source()).text();
      String planted = passage.replacedIn(text);
      assertThatThrownBy(() -> passage.replacedIn(planted + text + text))
          .isInstanceOf(PlantException.class)
          .hasMessageContaining("exactly once");
    }
  }

  /** The compiled classes differ from those of the library, and come from the new folder. */
  @ParameterizedTest
  @EnumSource
  void canBeCompiled(JavaPlant plant) throws Exception {
    plant.into(folder);
    try (URLClassLoader first = new URLClassLoader(new URL[] {folder.toUri().toURL()}, null)) {
      for (Passage passage : plant.passages()) {
        String name = passage.source().replaceAll("\\.java$", ".class");
        assertThat(bytes(first, name)).isNotEqualTo(bytes(getClass().getClassLoader(), name));
      }
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
