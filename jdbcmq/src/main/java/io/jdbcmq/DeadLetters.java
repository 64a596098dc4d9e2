package io.jdbcmq;

import io.jdbcmq.internal.sql.QueryCalls;
import io.jdbcmq.job.DeadLetter;
import java.sql.Connection;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Jobs that used up their attempts: kept, with their errors, until they are redriven or discarded.
 * Thread-safe; exceptions as in {@link JobQueue}.
 */
public final class DeadLetters {
  private static final int MAX_PAGE = 1000;

  private final Transactions transactions;
  private final QueryCalls calls;

  DeadLetters(Transactions transactions, QueryCalls calls) {
    this.transactions = transactions;
    this.calls = calls;
  }

  /**
   * The oldest dead letters.
   *
   * @param limit 1 to 1,000
   */
  public List<DeadLetter> list(int limit) {
    return page(Optional.empty(), limit);
  }

  /**
   * The dead letters after this one.
   *
   * @param last the last one of the page before
   * @param limit 1 to 1,000
   */
  public List<DeadLetter> listAfter(DeadLetter last, int limit) {
    return page(Optional.of(last), limit);
  }

  /**
   * Makes dead letters live and ready again, with attempt 1 and all their retries. An ordered one
   * goes to the end of its channel, but for one that holds it: that goes on where it is.
   *
   * @return the ids of those that are live now. One that is missing is no dead letter, or its
   *     unique key is that of another live job: it then stays dead, and {@code JobQueue.find} still
   *     finds it
   */
  public Set<UUID> redrive(Collection<UUID> ids) {
    return transactions.write("redriving dead letters", c -> calls.redrive(c, ids));
  }

  /** Like {@link #redrive(Collection)}, in the caller's transaction. */
  public Set<UUID> redrive(Connection connection, Collection<UUID> ids) {
    return transactions.callers("redriving dead letters", connection, c -> calls.redrive(c, ids));
  }

  /**
   * Deletes dead letters and their errors.
   *
   * @return the ids of those that were found
   */
  public Set<UUID> discard(Collection<UUID> ids) {
    return transactions.write("discarding dead letters", c -> calls.discard(c, ids));
  }

  /** Like {@link #discard(Collection)}, in the caller's transaction. */
  public Set<UUID> discard(Connection connection, Collection<UUID> ids) {
    return transactions.callers("discarding dead letters", connection, c -> calls.discard(c, ids));
  }

  private List<DeadLetter> page(Optional<DeadLetter> after, int limit) {
    if (limit < 1 || limit > MAX_PAGE) {
      throw new IllegalArgumentException("limit must be 1 to 1,000 but was " + limit);
    }
    return transactions.read("listing dead letters", c -> calls.dead(c, after, limit));
  }
}
