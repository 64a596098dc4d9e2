package io.jdbcmq.torture.plant;

import java.nio.file.Path;

/**
 * One in the library's Java code, which is compiled anew: nothing of it is in the library itself.
 */
public sealed interface JavaDefect extends Defect permits JavaPlant {
  /**
   * Compiles what it changes.
   *
   * @param classes a new folder for it, which is to come first on a class path
   */
  void into(Path classes);
}
