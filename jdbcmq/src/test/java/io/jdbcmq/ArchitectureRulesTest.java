package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each rule sees the violations that are planted for it, and would see them in the core as well.
 */
class ArchitectureRulesTest {

  @ParameterizedTest
  @EnumSource
  void ruleReportsWhatIsPlantedForIt(ArchitectureRule rule) {
    var planted = new ClassFileImporter().importPackages(rule.planted());

    var result = rule.within(rule.planted()).evaluate(planted);

    assertThat(result.getFailureReport().getDetails())
        .as("violations of %s in %s", rule, rule.planted())
        .isNotEmpty();
    for (var type : planted) {
      if (type.getSimpleName().startsWith("Planted")) {
        assertThat(result.getFailureReport().toString()).contains(type.getName());
      } else if (type.getPackageName().endsWith(".allowed")) {
        assertThat(result.getFailureReport().toString()).doesNotContain(type.getName());
      }
    }
  }
}
