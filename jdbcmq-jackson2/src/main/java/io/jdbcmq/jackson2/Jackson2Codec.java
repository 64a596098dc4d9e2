package io.jdbcmq.jackson2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.jdbcmq.job.PayloadType;
import io.jdbcmq.spi.PayloadCodec;

/**
 * Payloads as JSON, by Jackson 2. Thread-safe.
 *
 * <p>The class to decode to comes from the job's type, never from the JSON: a mapper with default
 * typing is refused, and a payload with {@code @JsonTypeInfo(use = Id.CLASS)} or {@code
 * MINIMAL_CLASS} can be encoded but not decoded. Names ({@code Id.NAME}) are fine. An
 * {@code @JsonTypeResolver} or {@code @JsonTypeIdResolver} of one's own is not looked into and must
 * keep to this by itself.
 *
 * <p>With its defaults it writes what the codec for Jackson 3 writes, times as ISO-8601 texts for
 * example, and reads what that has written: an application can change from one to the other while
 * jobs are stored.
 */
public final class Jackson2Codec implements PayloadCodec {
  private final ObjectMapper mapper;

  /**
   * With the modules for Optional and java.time, times as texts, and unknown properties ignored:
   * during a rolling deploy, the old version can read payloads with a property that the new version
   * has added.
   */
  public Jackson2Codec() {
    this(
        JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build());
  }

  /**
   * With a copy of a mapper of one's own, which should ignore unknown properties too.
   *
   * @throws IllegalArgumentException if default typing is activated
   */
  public Jackson2Codec(ObjectMapper mapper) {
    if (mapper.getDeserializationConfig().getDefaultTyper(mapper.constructType(Object.class))
        != null) {
      throw new IllegalArgumentException(
          "the ObjectMapper must not have default typing: JSON could then choose the classes that"
              + " are loaded, and whoever can send a job could choose code to run; use a mapper"
              + " after deactivateDefaultTyping(), and @JsonTypeInfo(use = Id.NAME) on types that"
              + " have subtypes");
    }
    this.mapper = mapper.copy().setPolymorphicTypeValidator(new ClassNamesDenied());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the object cannot be encoded; does not quote it
   */
  @Override
  public String encode(Object payload) {
    try {
      return mapper.writeValueAsString(payload);
    } catch (JsonProcessingException | RuntimeException e) {
      throw Redacted.exception("cannot write " + payload.getClass().getName() + " as JSON", e);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the text does not fit the type; does not quote it
   */
  @Override
  public <T> T decode(String json, PayloadType<T> type) {
    T payload;
    try {
      payload = mapper.readValue(json, mapper.constructType(type.type()));
    } catch (JsonProcessingException | RuntimeException e) {
      throw Redacted.exception("cannot read JSON as " + type, e);
    }
    if (payload == null) {
      throw new IllegalArgumentException("cannot read JSON as " + type + ": it is null");
    }
    return payload;
  }
}
