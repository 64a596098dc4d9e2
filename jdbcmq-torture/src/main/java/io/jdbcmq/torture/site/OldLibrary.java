package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Another version of the library, which takes the place of the present one in some processes.
 *
 * @param jar of the core
 */
public record OldLibrary(Path jar) {
  /** A class path with this jar where the present core was. */
  String in(String classPath) {
    Path present = present();
    List<String> entries =
        Arrays.stream(classPath.split(File.pathSeparator))
            .map(entry -> isSame(Path.of(entry), present) ? jar.toString() : entry)
            .toList();
    if (!entries.contains(jar.toString())) {
      throw new IllegalStateException("the class path has no " + present);
    }
    return String.join(File.pathSeparator, entries);
  }

  private static Path present() {
    try {
      return Path.of(JobQueue.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isSame(Path entry, Path present) {
    try {
      return Files.exists(entry) && Files.isSameFile(entry, present);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
