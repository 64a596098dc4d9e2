package io.jdbcmq;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The code of the core keeps to the rules. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @ParameterizedTest
  @EnumSource
  void coreKeepsTo(ArchitectureRule rule) {
    rule.within("io.jdbcmq").check(CORE);
  }
}
