package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.spi.PayloadCodec;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens queues and registries for jdbcmq's own test kit, which needs more of them than is anybody
 * else's business. Internal: may change with any version. Thread-safe.
 */
public final class KitAccess {
  private static volatile @Nullable Keys handedOver;

  private KitAccess() {}

  /** Hands the keys over; for the package that has them, once. */
  public static void handOver(Keys keys) {
    handedOver = keys;
  }

  /** What opens a {@code JobQueue} and a {@code JobRegistry}, which this package cannot name. */
  public static Keys keys() {
    Keys keys = handedOver;
    if (keys == null) {
      throw new IllegalStateException("no queue has been built yet");
    }
    return keys;
  }

  /** What opens a queue and a registry. */
  public interface Keys {
    /** The parts of a {@code JobQueue}. */
    QueueParts parts(Object queue);

    /** The handlers of a {@code JobRegistry}, within the interceptors of a {@code JobQueue}. */
    Handlers handlers(Object queue, Object registry);
  }

  /**
   * What a queue is made of.
   *
   * @param dataSource where it takes its connections
   * @param schema where it is
   * @param codec for payloads
   * @param events tells its listeners
   */
  public record QueueParts(
      DataSource dataSource, Schema schema, PayloadCodec codec, Events events) {}
}
