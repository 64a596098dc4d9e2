package io.jdbcmq.torture.site;

import java.util.List;

/** One for each kind of connection. Thread-safe. */
public final class Proxies implements AutoCloseable {
  private final Proxy senders;
  private final Proxy claims;
  private final Proxy heartbeats;
  private final Proxy listeners;

  /** To the server at this port. */
  Proxies(int port) {
    senders = new Proxy(port);
    claims = new Proxy(port);
    heartbeats = new Proxy(port);
    listeners = new Proxy(port);
  }

  /** All of them. */
  public List<Proxy> all() {
    return List.of(senders, claims, heartbeats, listeners);
  }

  /** Those of them who ask for commits: senders, and runners for their handlers. */
  public List<Proxy> committing() {
    return List.of(senders, claims);
  }

  Proxy senders() {
    return senders;
  }

  /** Of claims, completions, and handlers. */
  public Proxy claims() {
    return claims;
  }

  Proxy heartbeats() {
    return heartbeats;
  }

  /** Of notifications. */
  public Proxy listeners() {
    return listeners;
  }

  /** Leads new connections to another server. */
  void forwardTo(int port) {
    all().forEach(proxy -> proxy.forwardTo(port));
  }

  @Override
  public void close() {
    all().forEach(Proxy::close);
  }
}
