package io.jdbcmq;

import org.jspecify.annotations.Nullable;

/**
 * The handlers of one class, to be put into a registry. The annotation processor generates one for
 * each class with {@link io.jdbcmq.annotation.Job} methods.
 */
@FunctionalInterface
public interface JobBindings {
  /**
   * Adds the handlers.
   *
   * @param registry takes them
   * @param contexts has the objects that handlers take beside job and payload
   */
  void bind(JobRegistry.Builder registry, Contexts contexts);

  /**
   * A property of a payload as text, for the requests that generated code makes.
   *
   * @param property of the payload
   * @param template that names it, for the message
   * @throws IllegalArgumentException if it is null: jobs that have nothing in common would get the
   *     same channel or unique key
   */
  static String text(@Nullable Object property, String template) {
    if (property == null) {
      throw new IllegalArgumentException(
          "a property that the template \"%s\" names is null in this payload: give it a value, or set the channel or unique key of the request instead"
              .formatted(template));
    }
    return property.toString();
  }

  /** The context objects of a registry, by type. */
  interface Contexts {
    /**
     * The object that was given for this type.
     *
     * @param type the type under which it was given
     * @param neededBy who wants it, for the message that it is missing
     * @throws IllegalStateException if there is none
     */
    <T> T get(Class<T> type, String neededBy);
  }
}
