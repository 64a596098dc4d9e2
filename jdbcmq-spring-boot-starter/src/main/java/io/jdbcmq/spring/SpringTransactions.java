package io.jdbcmq.spring;

import io.jdbcmq.spi.TransactionSource;
import java.sql.Connection;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transactions that Spring has bound to a thread, as far as they include a data source: those
 * of {@code DataSourceTransactionManager} and {@code JpaTransactionManager}. Thread-safe.
 */
final class SpringTransactions implements TransactionSource {
  private final DataSource dataSource;
  private final boolean refusesOthers;
  private final Probe probe;

  /**
   * For transactions that include this data source.
   *
   * @param refusesOthers whether calls in a transaction without it are refused
   */
  SpringTransactions(DataSource dataSource, boolean refusesOthers) {
    this.dataSource = dataSource;
    this.refusesOthers = refusesOthers;
    this.probe = new Probe(dataSource);
  }

  @Override
  public Optional<JoinedTransaction> current() {
    if (isBound()) {
      return Optional.of(new Joined(DataSourceUtils.getConnection(dataSource)));
    }
    if (refusesOthers && TransactionSynchronizationManager.isActualTransactionActive()) {
      throw new IllegalStateException(
          "this thread is in a transaction (%s) that does not include the data source of the job queue, which would act although it is rolled back: use a transaction manager of that data source, call the queue outside of the transaction, or set jdbcmq.transactions to if-possible"
              .formatted(TransactionSynchronizationManager.getCurrentTransactionName()));
    }
    return Optional.empty();
  }

  /**
   * Whether a transaction manager has bound the data source. A holder is also bound, in somebody
   * else's transaction, by whoever asks {@code DataSourceUtils} for a connection; that one is
   * synchronized, and has no transaction. The holder of {@code JpaTransactionManager} is not marked
   * as having one either, but it is not synchronized.
   */
  private boolean isBound() {
    return TransactionSynchronizationManager.getResource(dataSource)
            instanceof ConnectionHolder holder
        && (probe.isInTransaction() || !holder.isSynchronizedWithTransaction());
  }

  private final class Joined implements JoinedTransaction {
    private final Connection connection;

    private Joined(Connection connection) {
      this.connection = connection;
    }

    @Override
    public Connection connection() {
      return connection;
    }

    @Override
    public boolean isReadOnly() {
      return TransactionSynchronizationManager.isCurrentTransactionReadOnly();
    }

    @Override
    public void afterCommit(Runnable action) {
      if (TransactionSynchronizationManager.isSynchronizationActive()) {
        TransactionSynchronizationManager.registerSynchronization(
            new TransactionSynchronization() {
              @Override
              public void afterCommit() {
                action.run();
              }
            });
      }
    }

    @Override
    public void close() {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
  }

  /** Asks, as a transaction manager of JDBC does, whether it would take part in a transaction. */
  private static final class Probe extends DataSourceTransactionManager {
    private static final long serialVersionUID = 1;

    private Probe(DataSource dataSource) {
      super(dataSource);
    }

    private boolean isInTransaction() {
      return isExistingTransaction(doGetTransaction());
    }
  }
}
