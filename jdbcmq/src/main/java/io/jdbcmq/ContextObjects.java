package io.jdbcmq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What handlers take beside job and payload, by type. Not thread-safe. */
final class ContextObjects implements JobBindings.Contexts {
  private final Map<Class<?>, Object> given = new HashMap<>();
  private final List<ContextSource> sources = new ArrayList<>();

  <T> void add(Class<T> type, T object) {
    Objects.requireNonNull(object, () -> "the context object of type " + type.getName());
    if (given.putIfAbsent(type, object) != null) {
      throw new IllegalArgumentException(
          "there are two context objects of type %s: handlers choose by type, so give one of them a type of its own"
              .formatted(type.getName()));
    }
  }

  void add(ContextSource source) {
    sources.add(source);
  }

  @Override
  public <T> T get(Class<T> type, String neededBy) {
    Object object = given.get(type);
    if (object != null) {
      return type.cast(object);
    }
    return sources.stream()
        .map(source -> source.find(type))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new MissingException(type, neededBy));
  }

  /** There is no object of a type. */
  static final class MissingException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private MissingException(Class<?> type, String neededBy) {
      super(
          "%s needs a context object of type %s, and there is none: give it with JobRegistry.builder().context(%s.class, …)"
              .formatted(neededBy, type.getName(), type.getSimpleName()));
    }
  }
}
