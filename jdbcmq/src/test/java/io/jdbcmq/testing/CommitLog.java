package io.jdbcmq.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What senders tell about their transactions: in which order those of one channel took part, and
 * when each began to commit and had committed, by a clock that all of them share.
 */
public final class CommitLog {
  private final Map<UUID, Sent> sent = new ConcurrentHashMap<>();

  /** Notes a transaction, once it has committed. */
  public void committed(List<UUID> ids, long commitBeganAt, long committedAt) {
    for (int i = 0; i < ids.size(); i++) {
      sent.put(ids.get(i), new Sent(commitBeganAt, committedAt, ids.get(0), i));
    }
  }

  /** How many jobs were sent by transactions that committed. */
  public int size() {
    return sent.size();
  }

  /**
   * What is wrong with the order in which the jobs of a channel ran: each list in one piece and in
   * its own order, and no list before one that had committed before it began to.
   */
  public List<String> findings(List<UUID> ran) {
    List<String> findings = new ArrayList<>();
    long latestBegin = Long.MIN_VALUE;
    for (int i = 0; i < ran.size(); i++) {
      Sent job = sent.get(ran.get(i));
      if (job == null) {
        findings.add("%s ran and was not sent".formatted(ran.get(i)));
        continue;
      }
      if (job.committedAt < latestBegin) {
        findings.add("%s ran after one that was sent later".formatted(ran.get(i)));
      }
      if (job.place > 0 && (i < job.place || !ran.get(i - job.place).equals(job.first))) {
        findings.add("%s ran out of the order of its list".formatted(ran.get(i)));
      }
      latestBegin = Math.max(latestBegin, job.commitBeganAt);
    }
    return findings;
  }

  private record Sent(long commitBeganAt, long committedAt, UUID first, int place) {}
}
