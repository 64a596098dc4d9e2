package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.Connections;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.HandlerTransactions.Work;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The work of one attempt, handed to others who open and end its transaction: it is done once. Done
 * again, the handler would write once more, and the job that it has completed before would not be
 * completed with that.
 */
final class WorkOfOthers implements Work {
  private final Work work;
  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile @Nullable Throwable thrown;

  WorkOfOthers(Work work) {
    this.work = work;
  }

  @Override
  public void run(Connection connection) throws Exception {
    if (begun.getAndSet(true)) {
      throw new IllegalStateException(
          "the handler has run before: do the work once only, the job is tried again by itself",
          thrown);
    }
    try {
      work.run(connection);
    } catch (Throwable e) {
      thrown = e;
      Connections.discardAfterError(connection, e);
      throw e;
    }
  }

  boolean isBegun() {
    return begun.get();
  }

  /**
   * Throws if the others have returned although the work was not done, and throws again what they
   * have swallowed: else a job would be completed whose handler has not run, or has failed.
   */
  void requireSuccess(HandlerTransactions others) throws Exception {
    if (!begun.get()) {
      throw new OmittedException(others);
    }
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof Exception exception) {
      throw exception;
    }
  }

  /** The others have not done the work, and have not told why. */
  static final class OmittedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private OmittedException(HandlerTransactions others) {
      super(
          "%s did not let the handler run: it has to do the work, or to throw"
              .formatted(others.getClass().getName()));
    }
  }
}
