package io.jdbcmq.internal.runner;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that run handlers: virtual ones from Java 21 on, else a bounded pool. */
final class HandlerThreads {
  private static final String PREFIX = "jdbcmq-handler-";

  private HandlerThreads() {}

  /** Threads for so many handlers at once. */
  static ExecutorService create(int max) {
    try {
      return virtual();
    } catch (ReflectiveOperationException e) {
      return pool(max); // before Java 21
    }
  }

  /** By reflection, because the library is compiled for Java 17. */
  private static ExecutorService virtual() throws ReflectiveOperationException {
    Class<?> builderType = Class.forName("java.lang.Thread$Builder");
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Object named =
          builderType.getMethod("name", String.class, long.class).invoke(builder, PREFIX, 1L);
      Object factory = builderType.getMethod("factory").invoke(named);
      return (ExecutorService)
          Executors.class
              .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
              .invoke(null, factory);
    } catch (InvocationTargetException e) {
      throw new ReflectiveOperationException(e); // a preview feature that is not enabled
    }
  }

  private static ExecutorService pool(int max) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            max,
            max,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, PREFIX + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
