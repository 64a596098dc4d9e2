package io.jdbcmq.internal.runner;

import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that run handlers: virtual ones from Java 21 on, else a bounded pool. */
interface HandlerThreads extends Executor {
  /** Takes nothing more; what has been taken still runs. Does not wait for it. */
  void shutdown();

  /** Threads for so many handlers at once. */
  static HandlerThreads create(int max) {
    String prefix = "jdbcmq-handler-";
    try {
      return virtual(prefix);
    } catch (ReflectiveOperationException e) { // before Java 21
      AtomicInteger number = new AtomicInteger();
      return new HandlerPool(
          max,
          Duration.ofSeconds(30),
          task -> {
            Thread thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });
    }
  }

  /** By reflection, because the library is compiled for Java 17. */
  private static HandlerThreads virtual(String prefix) throws ReflectiveOperationException {
    Class<?> builderType = Class.forName("java.lang.Thread$Builder");
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Object named =
          builderType.getMethod("name", String.class, long.class).invoke(builder, prefix, 1L);
      Object factory = builderType.getMethod("factory").invoke(named);
      ExecutorService threads =
          (ExecutorService)
              Executors.class
                  .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
                  .invoke(null, factory);
      return new HandlerThreads() {
        @Override
        public void execute(Runnable task) {
          threads.execute(task);
        }

        @Override
        public void shutdown() {
          threads.shutdown();
        }
      };
    } catch (InvocationTargetException e) {
      throw new ReflectiveOperationException(e); // a preview feature that is not enabled
    }
  }
}
