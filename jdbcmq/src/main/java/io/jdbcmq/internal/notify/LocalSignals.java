package io.jdbcmq.internal.notify;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells runners of this JVM of sends of this JVM, directly after their commit. Thread-safe. */
public final class LocalSignals {
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  /** A runner's wish to be told; ends when closed. Groups empty: all. */
  public Subscription subscribe(Set<String> groups, WorkSignal signal) {
    Subscription subscription = new Subscription(this, Set.copyOf(groups), signal);
    subscriptions.add(subscription);
    return subscription;
  }

  /** Tells of committed work in these groups. */
  public void committed(Collection<String> groups) {
    for (Subscription subscription : subscriptions) {
      if (subscription.groups.isEmpty()
          || groups.stream().anyMatch(subscription.groups::contains)) {
        subscription.signal.signal();
      }
    }
  }

  /** A subscription. */
  public static final class Subscription implements AutoCloseable {
    private final LocalSignals signals;
    private final Set<String> groups;
    private final WorkSignal signal;

    private Subscription(LocalSignals signals, Set<String> groups, WorkSignal signal) {
      this.signals = signals;
      this.groups = groups;
      this.signal = signal;
    }

    @Override
    public void close() {
      signals.subscriptions.remove(this);
    }
  }
}
