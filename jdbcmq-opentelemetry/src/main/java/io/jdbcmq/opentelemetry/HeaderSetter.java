package io.jdbcmq.opentelemetry;

import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts a trace into headers. */
enum HeaderSetter implements TextMapSetter<Map<String, String>> {
  INSTANCE;

  @Override
  public void set(@Nullable Map<String, String> headers, String key, String value) {
    if (headers != null) {
      headers.put(key, value);
    }
  }
}
