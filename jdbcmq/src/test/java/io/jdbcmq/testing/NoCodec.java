package io.jdbcmq.testing;

import io.jdbcmq.job.PayloadType;
import io.jdbcmq.spi.PayloadCodec;

/** Of tests that send JSON as text, or nothing: whoever asks it has taken a wrong turn. */
public enum NoCodec implements PayloadCodec {
  NONE;

  @Override
  public String encode(Object payload) {
    throw new AssertionError("no payload of this test is an object");
  }

  @Override
  public <T> T decode(String json, PayloadType<T> type) {
    throw new AssertionError("no payload of this test is an object");
  }
}
