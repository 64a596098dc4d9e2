package io.jdbcmq.internal.runner;

import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The runs of a runner: those that are not settled, and those that cannot be stopped. */
final class Runs {
  /** At a thousand in a second, those of half a minute: of three looks for what was undone. */
  private static final int REMEMBERED_CLAIMS = 32_768;

  private final Set<Run> unsettled = ConcurrentHashMap.newKeySet();
  private final Set<Run> stuck = ConcurrentHashMap.newKeySet();
  private final long[] claims = new long[REMEMBERED_CLAIMS]; // as a ring
  private int nextClaim;
  private final Slots slots;

  Runs(Slots slots) {
    this.slots = slots;
  }

  /** A claim has arrived. For one thread, as {@link #hadClaim}. */
  void claimed(long claimId) {
    claims[nextClaim] = claimId;
    nextClaim = (nextClaim + 1) % REMEMBERED_CLAIMS;
  }

  /** Whether the claim has arrived here; not known of one before the last 32,768. */
  boolean hadClaim(long claimId) {
    return Arrays.stream(claims).anyMatch(claim -> claim == claimId);
  }

  void started(Run run) {
    unsettled.add(run);
    slots.started();
  }

  /** A handler has ended, or never started. True if its outcome is still to be reported. */
  boolean ended(Run run) {
    slots.ended();
    if (run.leash().report()) {
      return true;
    }
    stuck.remove(run);
    slots.unstuck();
    return false;
  }

  /**
   * The handler of a run cannot be stopped. True if its outcome is still to be reported; false if
   * the handler has ended after all.
   */
  boolean stuck(Run run) {
    // Counted before it is sure: so that nobody takes the runner for settled in between.
    slots.stuck();
    stuck.add(run);
    if (run.leash().reportInstead()) {
      return true;
    }
    stuck.remove(run);
    slots.unstuck();
    return false;
  }

  /** The database has taken the outcome of a run, or it was given up. */
  void settled(Run run) {
    if (unsettled.remove(run)) { // not twice, where memory ran out the first time
      slots.settled(1);
    }
  }

  /** The runs that are not settled, as they come and go. */
  Set<Run> unsettled() {
    return unsettled;
  }

  /** Whether the claim has a run that is not settled. */
  boolean knows(long claimId) {
    return unsettled.stream().anyMatch(run -> run.claim().id() == claimId);
  }

  /** The lease of this id is lost: nothing that runs under it do is wanted any more. */
  void leaseLost(UUID runnerId) {
    unsettled.stream()
        .filter(run -> run.claim().runnerId().equals(runnerId))
        .forEach(run -> run.leash().fence());
  }

  void interruptAll() {
    Stream.concat(unsettled.stream(), stuck.stream()).forEach(run -> run.leash().interrupt());
  }
}
