package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UuidV7Test {
  /** The example of RFC 9562, appendix A.6. */
  @Test
  void hasTheLayoutOfTheStandard() {
    byte[] random = HexFormat.of().parseHex("0cc3" + "18c4dc0c0c07398f");
    assertThat(UuidV7.of(0x017F22E279B0L, random))
        .isEqualTo(UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  }

  @Test
  void isOfVersionSevenAndNeverTheSame() {
    UUID one = UuidV7.next();
    assertThat(one.version()).isEqualTo(7);
    assertThat(one.variant()).isEqualTo(2);
    assertThat(UuidV7.next()).isNotEqualTo(one);
  }
}
