package io.jdbcmq;

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
