package io.jdbcmq.planted.noreflection.allowed;

import java.lang.reflect.InvocationTargetException;

/** The one class that may, by its name. */
public final class HandlerThreads {

  public Object call(Object target, String name)
      throws NoSuchMethodException, IllegalAccessException, InvocationTargetException {
    return target.getClass().getMethod(name).invoke(target);
  }
}
