package io.jdbcmq.spring;

import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.TransactionSource;
import io.jdbcmq.spi.TransactionSource.JoinedTransaction;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Runs transactional handlers in transactions of Spring, so that repositories and templates which
 * they use take part. Thread-safe.
 */
final class SpringHandlerTransactions implements HandlerTransactions {
  private static final DefaultTransactionDefinition HANDLER = definition();

  private final PlatformTransactionManager manager;
  private final TransactionSource current;

  /**
   * In transactions of this manager.
   *
   * @param current finds the connection in them
   */
  SpringHandlerTransactions(PlatformTransactionManager manager, TransactionSource current) {
    this.manager = manager;
    this.current = current;
  }

  private static DefaultTransactionDefinition definition() {
    DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
    definition.setName("jdbcmq handler");
    return definition;
  }

  @Override
  public void run(Work work) throws Exception {
    TransactionStatus status = manager.getTransaction(HANDLER);
    try (JoinedTransaction joined = joined()) {
      work.run(joined.connection());
      if (status.isRollbackOnly()) {
        throw new UnexpectedRollbackException(
            "the transaction of the handler was marked as rollback-only");
      }
    } catch (Throwable e) { // whatever it is, nothing of it may commit
      rollBack(status, e);
      throw e;
    }
    manager.commit(status);
  }

  private JoinedTransaction joined() {
    return current
        .current()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "transactions of "
                        + manager.getClass().getName()
                        + " do not include the data source of the job queue: name another manager in jdbcmq.transaction-manager"));
  }

  private void rollBack(TransactionStatus status, Throwable cause) {
    try {
      manager.rollback(status);
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }
}
