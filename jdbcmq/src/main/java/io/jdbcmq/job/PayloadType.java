package io.jdbcmq.job;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The type that a payload is decoded to. Immutable; thread-safe.
 *
 * @param <T> the type
 */
@SuppressWarnings("UnusedTypeParameter") // it is what callers decode to
public final class PayloadType<T> {
  private final Type type;
  private final Class<?> raw;

  private PayloadType(Type type, Class<?> raw) {
    this.type = type;
    this.raw = raw;
  }

  /**
   * A class without type arguments. {@code byte[].class} means the binary payload, everything else
   * the JSON payload.
   */
  public static <T> PayloadType<T> of(Class<T> type) {
    return new PayloadType<>(Objects.requireNonNull(type, "type"), type);
  }

  /**
   * A class with type arguments: {@code PayloadType.<List<String>>generic(List.class,
   * String.class)}. That they fit {@code T} is for the caller to see to.
   *
   * @param raw the generic class
   * @param arguments a class each, or the {@link #type()} of another generic type
   * @throws IllegalArgumentException if the class has another number of type parameters
   */
  public static <T> PayloadType<T> generic(Class<? super T> raw, Type... arguments) {
    if (arguments.length == 0 || raw.getTypeParameters().length != arguments.length) {
      throw new IllegalArgumentException(
          "%s has %d type parameters, but %d arguments were given"
              .formatted(raw.getName(), raw.getTypeParameters().length, arguments.length));
    }
    return new PayloadType<>(new Parameterized(raw, List.of(arguments)), raw);
  }

  /** The type, for a codec. */
  public Type type() {
    return type;
  }

  /** Whether it is {@code byte[]}: the binary payload, which needs no codec. */
  public boolean isBinary() {
    return raw == byte[].class;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PayloadType<?> that && type.equals(that.type);
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }

  /** The type as it is written in Java. */
  @Override
  public String toString() {
    return type.getTypeName();
  }

  /** Equal to the JDK's own type of the same arguments, as far as it is compared with this. */
  private record Parameterized(Class<?> raw, List<Type> arguments) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return arguments.toArray(Type[]::new);
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @SuppressWarnings("NullAway") // the interface says so: null for a class that is not nested
    @Override
    public Type getOwnerType() {
      return raw.getDeclaringClass();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ParameterizedType that
          && raw.equals(that.getRawType())
          && Objects.equals(raw.getDeclaringClass(), that.getOwnerType())
          && Arrays.equals(getActualTypeArguments(), that.getActualTypeArguments());
    }

    @Override
    public int hashCode() { // that of the JDK's own
      return Arrays.hashCode(getActualTypeArguments())
          ^ Objects.hashCode(raw.getDeclaringClass())
          ^ raw.hashCode();
    }

    @Override
    public String toString() {
      return raw.getName()
          + arguments.stream().map(Type::getTypeName).collect(Collectors.joining(", ", "<", ">"));
    }
  }
}
