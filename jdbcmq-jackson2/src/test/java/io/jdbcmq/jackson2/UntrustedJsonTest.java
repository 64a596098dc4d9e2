package io.jdbcmq.jackson2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectMapper.DefaultTyping;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import com.fasterxml.jackson.databind.jsontype.PolymorphicTypeValidator;
import io.jdbcmq.job.PayloadType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody who can send jobs might try on the runners. */
class UntrustedJsonTest {
  private static final String GADGET = "javax.swing.JEditorPane";
  private static final PolymorphicTypeValidator CARELESS =
      BasicPolymorphicTypeValidator.builder().allowIfSubType(Object.class).build();

  private final Jackson2Codec codec = new Jackson2Codec();
  private final Set<String> loaded = ConcurrentHashMap.newKeySet();
  private final ClassLoader usual = Thread.currentThread().getContextClassLoader();

  record Greeting(String text, Object any, List<Object> list, Map<String, Object> map) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
  @JsonSubTypes(@JsonSubTypes.Type(Square.class)) // Jackson 3 finds those of sealed types by itself
  sealed interface Shape {}

  record Square(int side) implements Shape {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
  interface Animal {}

  record Dog(String name) implements Animal {}

  record Zoo(Animal animal) {}

  record Box(@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS) Object content) {}

  record SmallBox(@JsonTypeInfo(use = JsonTypeInfo.Id.MINIMAL_CLASS) Object content) {}

  @BeforeEach
  void recordWhichClassesJacksonAsksFor() {
    Thread.currentThread()
        .setContextClassLoader(
            new ClassLoader(usual) {
              @Override
              protected Class<?> loadClass(String name, boolean resolve)
                  throws ClassNotFoundException {
                loaded.add(name);
                return super.loadClass(name, resolve);
              }
            });
  }

  @AfterEach
  void stopRecording() {
    Thread.currentThread().setContextClassLoader(usual);
  }

  @Test
  void recorderSeesAMapperThatLetsJsonChoose() {
    var careless =
        JsonMapper.builder().activateDefaultTyping(CARELESS, DefaultTyping.NON_FINAL).build();

    // Whether the class can be built without a display does not matter.
    var unused = catchThrowable(() -> careless.readValue("[\"" + GADGET + "\",{}]", Object.class));

    assertThat(loaded).contains(GADGET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"%s\",{}]",
        "{\"@class\":\"%s\"}",
        "{\"@type\":\"%s\"}",
        "{\"@c\":\"%s\"}",
        "{\"text\":\"a\",\"@class\":\"%s\"}",
        "{\"any\":[\"%s\",{}]}",
        "{\"any\":{\"@class\":\"%s\"}}",
        "{\"list\":[[\"%s\",{}],{\"@class\":\"%s\"}]}",
        "{\"map\":{\"@class\":\"%s\",\"a\":{\"@type\":\"%s\"}}}"
      })
  void namedClassIsNeverLoaded(String template) {
    String json = template.replace("%s", GADGET);

    for (Class<?> type : List.of(Greeting.class, Object.class, JsonNode.class, Shape.class)) {
      try {
        Object decoded = codec.decode(json, PayloadType.of(type));
        assertThat(type).isAssignableFrom(decoded.getClass());
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("cannot read JSON as " + type.getName());
      }
    }

    assertThat(loaded).doesNotContain(GADGET);
  }

  @Test
  void namesThatTheTypeDeclaresWork() {
    var json = codec.encode(new Square(3));

    assertThat(codec.decode(json, PayloadType.of(Shape.class))).isEqualTo(new Square(3));
    assertThatThrownBy(
            () ->
                codec.decode(
                    "{\"@type\":\"" + Square.class.getName() + "\"}", PayloadType.of(Shape.class)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(classes = {Animal.class, Dog.class, Zoo.class, Box.class, SmallBox.class})
  void typeThatLetsJsonChooseAClassIsRefused(Class<?> type) {
    var allowing =
        new Jackson2Codec(JsonMapper.builder().polymorphicTypeValidator(CARELESS).build());
    String gadget = "{\"@class\":\"%s\",\"@c\":\"%s\"}".replace("%s", GADGET);
    String json =
        "{\"@class\":\"%s\",\"animal\":%s,\"content\":%s}".formatted(GADGET, gadget, gadget);

    for (Jackson2Codec each : List.of(codec, allowing)) {
      assertThatThrownBy(() -> each.decode(json, PayloadType.of(type)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lets JSON choose a class")
          .hasMessageContaining("use @JsonTypeInfo(use = Id.NAME)");
    }
    assertThat(loaded).doesNotContain(GADGET);
  }

  @ParameterizedTest
  @EnumSource
  void mapperWithDefaultTypingIsRefused(DefaultTyping typing) {
    var asArray = JsonMapper.builder().activateDefaultTyping(CARELESS, typing).build();
    var asProperty =
        JsonMapper.builder().activateDefaultTypingAsProperty(CARELESS, typing, "@class").build();

    for (ObjectMapper mapper : List.of(asArray, asProperty)) {
      assertThatThrownBy(() -> new Jackson2Codec(mapper))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must not have default typing")
          .hasMessageContaining("could choose code to run")
          .hasMessageContaining("deactivateDefaultTyping()");
    }
  }

  @Test
  void adviceToDeactivateDefaultTypingHelps() {
    var mapper = JsonMapper.builder().activateDefaultTyping(CARELESS).build();

    var advised = new Jackson2Codec(mapper.copy().deactivateDefaultTyping());

    assertThat(advised.decode("[\"" + GADGET + "\",{}]", PayloadType.of(Object.class)))
        .isEqualTo(List.of(GADGET, Map.of()));
    assertThat(loaded).doesNotContain(GADGET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"any\":", "{\"list\":[", "{\"unknown\":", "{\"map\":{\"a\":["})
  void deepNestingFailsCleanly(String level) {
    String json = level.repeat(100_000);

    for (Class<?> type : List.of(Greeting.class, Object.class, JsonNode.class, String.class)) {
      assertThatThrownBy(() -> codec.decode(json, PayloadType.of(type)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> codec.decode(json, PayloadType.of(JsonNode.class)))
        .hasMessageContaining("nesting depth (1001) exceeds the maximum allowed (1000");
  }

  @Test
  void payloadThatContainsItselfFailsCleanly() {
    List<Object> endless = new ArrayList<>();
    endless.add(endless);

    assertThatThrownBy(() -> codec.encode(endless))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nesting depth (1001) exceeds the maximum allowed (1000");
  }
}
