package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which versions of the driver are refused. */
class DriverCheckTest {

  @ParameterizedTest
  @CsvSource({
    "42.7.1, true",
    "42.7.2, false",
    "42.7.14, false",
    "42.7.2-SNAPSHOT, false",
    "42.6.9999999, true",
    "42.10.0, false",
    "42.0.0.jre7, true",
    "41.9999999.9999999, true",
    "43.0.0, false",
    "9.4.1212, true",
    "unknown, false"
  })
  void isTooOld(String version, boolean tooOld) {
    assertThat(DriverCheck.isTooOld(version)).isEqualTo(tooOld);
  }
}
