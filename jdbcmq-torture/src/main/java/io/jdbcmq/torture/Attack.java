package io.jdbcmq.torture;

import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.site.Site;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Lets faults strike, in an order that a seed decides: each of them once before any of them again,
 * and now and then two of them together.
 */
final class Attack {
  private static final int ONE_IN_TOGETHER = 4;

  private final Site site;
  private final Journal journal;
  private final List<Fault> faults;
  private final int longestPauseMs;
  private final Random random;
  private final Deque<Fault> deck = new ArrayDeque<>();
  private final Map<Fault, Integer> struck = new EnumMap<>(Fault.class);

  Attack(Site site, Journal journal, Plan plan) {
    this.site = site;
    this.journal = journal;
    this.longestPauseMs = 2 * plan.everyMs();
    this.faults = plan.faults().stream().filter(fault -> isPossible(fault, site)).toList();
    this.random = new Random(plan.seed());
    for (Fault fault : faults) {
      struck.put(fault, 0);
      fault.counted().forEach(what -> site.count(what, 0));
    }
  }

  private static boolean isPossible(Fault fault, Site site) {
    Optional<String> missing = fault.missing(site);
    missing.ifPresent(why -> System.out.printf("!!! NOT PLAYED: %s: %s !!!%n", fault.text(), why));
    return missing.isEmpty();
  }

  /** Lets the next fault strike, or two, and returns a moment after they are over. */
  void strike() throws Exception {
    if (!faults.isEmpty()) {
      Fault fault = next();
      Optional<Fault> second =
          random.nextInt(ONE_IN_TOGETHER) == 0 ? companion(fault) : Optional.empty();
      System.out.printf(
          "  %s%s%n", fault.text(), second.map(other -> " and " + other.text()).orElse(""));
      CompletableFuture<Void> aside =
          second
              .map(other -> strikeAside(other, new Random(random.nextLong())))
              .orElseGet(() -> CompletableFuture.completedFuture(null));
      strike(fault, new Random(random.nextLong()));
      aside.join();
      struck.merge(fault, 1, Integer::sum);
      second.ifPresent(other -> struck.merge(other, 1, Integer::sum));
    }
    Thread.sleep(random.nextInt(longestPauseMs + 1));
  }

  /** How often each of the faults that can be played here has struck. */
  Map<Fault, Integer> struck() {
    return struck;
  }

  private Fault next() {
    if (deck.isEmpty()) {
      List<Fault> shuffled = new ArrayList<>(faults);
      Collections.shuffle(shuffled, random);
      deck.addAll(shuffled);
    }
    return deck.remove();
  }

  /** The next one that can strike together with this one. */
  private Optional<Fault> companion(Fault fault) {
    Optional<Fault> other =
        deck.stream().filter(next -> next.needsServer() != fault.needsServer()).findFirst();
    other.ifPresent(deck::remove);
    return other;
  }

  private CompletableFuture<Void> strikeAside(Fault fault, Random its) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            strike(fault, its);
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  private void strike(Fault fault, Random its) throws Exception {
    journal.note(new Event.Fault(System.nanoTime(), "harness", fault.text(), true));
    fault.strike(site, its);
    journal.note(new Event.Fault(System.nanoTime(), "harness", fault.text(), false));
  }
}
