package io.jdbcmq.internal.runner;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.spi.JobInterceptor;
import io.jdbcmq.spi.JobInterceptor.Handling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts interceptors around a handler. */
final class Interceptors {
  private Interceptors() {}

  /** Runs the handler within all of them, the first one outermost. */
  static void run(List<JobInterceptor> interceptors, CurrentJob job, Handling handler)
      throws Exception {
    if (interceptors.isEmpty()) {
      handler.proceed();
      return;
    }
    JobInterceptor first = interceptors.get(0);
    Once rest = new Once(() -> run(interceptors.subList(1, interceptors.size()), job, handler));
    first.aroundRun(job, rest);
    if (!rest.begun) { // else the job would be completed although nobody has done its work
      throw new IllegalStateException(
          "interceptor %s did not let the handler run: it has to call proceed(), or to throw"
              .formatted(first.getClass().getName()));
    }
    rest.requireSuccess();
  }

  /** Lets a handler run once only. For one thread. */
  private static final class Once implements Handling {
    private final Handling handling;
    private boolean begun;
    private @Nullable Throwable thrown;

    private Once(Handling handling) {
      this.handling = handling;
    }

    @Override
    public void proceed() throws Exception {
      if (begun) {
        throw new IllegalStateException("the handler has run before: call proceed() once only");
      }
      begun = true;
      try {
        handling.proceed();
      } catch (Throwable e) {
        thrown = e;
        throw e;
      }
    }

    /** Throws again what was swallowed: else a job whose handler has failed would be completed. */
    private void requireSuccess() throws Exception {
      if (thrown instanceof Error error) {
        throw error;
      }
      if (thrown instanceof Exception exception) {
        throw exception;
      }
    }
  }
}
