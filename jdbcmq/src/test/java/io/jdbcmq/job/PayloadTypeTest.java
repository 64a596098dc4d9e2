package io.jdbcmq.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PayloadTypeTest {
  @SuppressWarnings("UnusedMethod") // its type is looked at
  private static Map<String, List<Map.Entry<Integer, String>>> declared() {
    return Map.of();
  }

  @Test
  void aGenericTypeIsEqualToThatOfTheCompiler() throws Exception {
    Type expected = getClass().getDeclaredMethod("declared").getGenericReturnType();
    PayloadType<Map.Entry<Integer, String>> entry =
        PayloadType.generic(Map.Entry.class, Integer.class, String.class);
    PayloadType<List<Map.Entry<Integer, String>>> list =
        PayloadType.generic(List.class, entry.type());
    PayloadType<Map<String, List<Map.Entry<Integer, String>>>> map =
        PayloadType.generic(Map.class, String.class, list.type());

    assertThat(map.type()).isEqualTo(expected);
    assertThat(expected).isEqualTo(map.type());
    assertThat(map.type()).hasSameHashCodeAs(expected);
    assertThat(map)
        .hasToString(
            "java.util.Map<java.lang.String, java.util.List<java.util.Map$Entry<java.lang.Integer,"
                + " java.lang.String>>>");
  }

  @Test
  void typesAreEqualIfTheirArgumentsAre() {
    PayloadType<List<String>> texts = PayloadType.generic(List.class, String.class);
    assertThat(texts)
        .isEqualTo(PayloadType.<List<String>>generic(List.class, String.class))
        .isNotEqualTo(PayloadType.<List<Long>>generic(List.class, Long.class));
    assertThat(PayloadType.of(String.class)).isEqualTo(PayloadType.of(String.class));
  }

  @Test
  void theNumberOfArgumentsIsChecked() {
    assertThatThrownBy(() -> PayloadType.<Map<String, String>>generic(Map.class, String.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("java.util.Map has 2 type parameters, but 1 arguments were given");
    assertThatThrownBy(() -> PayloadType.<String>generic(String.class))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bytesAreBinary() {
    assertThat(PayloadType.of(byte[].class).isBinary()).isTrue();
    assertThat(PayloadType.of(String.class).isBinary()).isFalse();
    assertThat(JobType.of("scan", byte[].class).request(new byte[] {1}).bytes())
        .hasValue(new byte[] {1});
  }
}
