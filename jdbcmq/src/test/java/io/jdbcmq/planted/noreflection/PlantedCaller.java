package io.jdbcmq.planted.noreflection;

import java.lang.reflect.InvocationTargetException;

/** Calls a method by its name. */
public final class PlantedCaller {

  public Object call(Object target, String name)
      throws NoSuchMethodException, IllegalAccessException, InvocationTargetException {
    return target.getClass().getMethod(name).invoke(target);
  }
}
