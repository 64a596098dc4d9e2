package io.jdbcmq.testing;

import java.util.Locale;

/** What a database may have as default_transaction_isolation. */
public enum Isolation {
  READ_COMMITTED,
  REPEATABLE_READ,
  SERIALIZABLE;

  /** As the server spells it. */
  public String sql() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
