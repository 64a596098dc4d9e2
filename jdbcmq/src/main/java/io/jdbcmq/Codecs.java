package io.jdbcmq;

import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.PayloadType;
import io.jdbcmq.spi.PayloadCodec;
import java.util.List;
import java.util.ServiceLoader;

/** Finds the payload codec on the class path. */
final class Codecs {
  private Codecs() {}

  /** The only codec there, or one that says that there is none. */
  static PayloadCodec find() {
    List<PayloadCodec> found =
        ServiceLoader.load(PayloadCodec.class).stream().map(ServiceLoader.Provider::get).toList();
    if (found.size() > 1) {
      throw new IllegalStateException(
          "there are %d payload codecs on the class path: choose one with JobQueue.builder(…).codec(…): %s"
              .formatted(found.size(), found.stream().map(c -> c.getClass().getName()).toList()));
    }
    return found.isEmpty() ? new NoCodec() : found.get(0);
  }

  /**
   * Refuses the codec that stands for none.
   *
   * @throws PayloadException that says where to get one
   */
  static void requireReal(PayloadCodec codec) {
    if (codec instanceof NoCodec) {
      throw NoCodec.missing();
    }
  }

  /** Raw JSON and bytes need no codec, so its absence is reported where one is needed. */
  private static final class NoCodec implements PayloadCodec {
    @Override
    public String encode(Object payload) {
      throw missing();
    }

    @Override
    public <T> T decode(String json, PayloadType<T> type) {
      throw missing();
    }

    private static PayloadException missing() {
      return new PayloadException(
          "there is no payload codec: add io.jdbcmq:jdbcmq-jackson3 or io.jdbcmq:jdbcmq-jackson2 to the class path,"
              + " pass one to"
              + " JobQueue.builder(…).codec(…), or use JSON text or bytes");
    }
  }
}
