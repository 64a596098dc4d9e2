package io.jdbcmq.torture.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another version of the library takes the place of the present one, and of nothing else. */
class OldLibraryTest {
  @TempDir Path folder;

  @Test
  void itIsInThePlaceOfThePresentOne() {
    String present = System.getProperty("java.class.path");
    Path jar = folder.resolve("old.jar");

    String[] before = present.split(File.pathSeparator);
    String[] after = new OldLibrary(jar).in(present).split(File.pathSeparator);

    assertThat(after).hasSameSizeAs(before).contains(jar.toString());
    int changed = 0;
    for (int i = 0; i < before.length; i++) {
      changed += after[i].equals(before[i]) ? 0 : 1;
    }
    assertThat(changed).isOne();
  }

  @Test
  void aClassPathWithoutTheLibraryIsRefused() {
    OldLibrary library = new OldLibrary(folder.resolve("old.jar"));
    assertThatThrownBy(() -> library.in(folder.toString()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the class path has no ");
  }
}
