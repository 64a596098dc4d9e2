package io.jdbcmq.jackson3;

import io.jdbcmq.job.PayloadType;
import io.jdbcmq.spi.PayloadCodec;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Payloads as JSON, by Jackson 3. Thread-safe.
 *
 * <p>The class to decode to comes from the job's type, never from the JSON: a mapper with default
 * typing is refused, and a payload with {@code @JsonTypeInfo(use = Id.CLASS)} or {@code
 * MINIMAL_CLASS} can be encoded but not decoded. Names ({@code Id.NAME}) are fine. An
 * {@code @JsonTypeResolver} or {@code @JsonTypeIdResolver} of one's own is not looked into and must
 * keep to this by itself.
 *
 * <p>Limits are those of the mapper, by default those of Jackson: 500 levels, names of 50,000 and
 * numbers of 1,000 characters.
 */
public final class Jackson3Codec implements PayloadCodec {
  private final JsonMapper mapper;

  /**
   * With Jackson's defaults, and unknown properties ignored: during a rolling deploy, the old
   * version can read payloads with a property that the new version has added.
   */
  public Jackson3Codec() {
    this(JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build());
  }

  /**
   * With a mapper of one's own, which should ignore unknown properties too. Its settings and
   * modules are used, methods that a subclass overrides are not.
   *
   * @throws IllegalArgumentException if default typing is activated
   */
  public Jackson3Codec(JsonMapper mapper) {
    if (mapper.deserializationConfig().getDefaultTyper(mapper.constructType(Object.class))
        != null) {
      throw new IllegalArgumentException(
          "the JsonMapper must not have default typing: JSON could then choose the classes that"
              + " are loaded, and whoever can send a job could choose code to run; use"
              + " mapper.rebuild().deactivateDefaultTyping().build(), and"
              + " @JsonTypeInfo(use = Id.NAME) on types that have subtypes");
    }
    this.mapper = mapper.rebuild().polymorphicTypeValidator(new ClassNamesDenied()).build();
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
    } catch (RuntimeException e) {
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
    } catch (RuntimeException e) {
      throw Redacted.exception("cannot read JSON as " + type, e);
    }
    if (payload == null) {
      throw new IllegalArgumentException("cannot read JSON as " + type + ": it is null");
    }
    return payload;
  }
}
