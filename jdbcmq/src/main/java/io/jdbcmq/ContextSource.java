package io.jdbcmq;

import java.util.Optional;

/** Where a registry looks for context objects that it was not given: a container of objects. */
public interface ContextSource {
  /** The object of this type; empty if there is none, or more than one. */
  <T> Optional<T> find(Class<T> type);
}
