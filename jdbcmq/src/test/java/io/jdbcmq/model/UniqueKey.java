package io.jdbcmq.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Senders of one unique key, as in mq_store_or_find, and the end of the job that has it.
 *
 * <p>A row of {@code keys} is an entry of the unique index: who inserts it waits for the
 * transaction that has inserted or is deleting one.
 */
final class UniqueKey {
  /** What keeps the key unique. */
  enum Rule {
    THE_INDEX_DECIDES_AND_WAITS,
    A_SENDER_TRIES_AGAIN_IF_NOTHING_IS_IN_THE_WAY_ANY_MORE
  }

  private final Set<Rule> rules;

  UniqueKey(Set<Rule> rules) {
    this.rules = rules;
  }

  /** A live job that has the key. */
  static World live(String id) {
    return World.empty().with("keys/k", id).with("jobs/" + id, id);
  }

  Program sender(String name, String id) {
    return send(name, id).commit();
  }

  Program undecidedSender(String name, String id) {
    return send(name, id).rollback();
  }

  private Program send(String name, String id) {
    Program program = Program.readCommitted(name);
    if (!rules.contains(Rule.THE_INDEX_DECIDES_AND_WAITS)) {
      program.step(s -> find(s, id));
      return program.step(
          s -> !s.has("refused"),
          s -> {
            s.insert("jobs/" + id, id);
            s.add("keys/k", id);
            s.tell("stores " + id);
          });
    }
    int again = program.here();
    program
        .step(
            s -> {
              s.forget("again");
              s.set("stored", s.insert("keys/k", id) && s.insert("jobs/" + id, id));
              s.tell(isStored(s) ? "stores " + id : "is refused");
            })
        .step(s -> !isStored(s), s -> find(s, id));
    return rules.contains(Rule.A_SENDER_TRIES_AGAIN_IF_NOTHING_IS_IN_THE_WAY_ANY_MORE)
        ? program.backIf(s -> s.has("again"), again)
        : program;
  }

  private static boolean isStored(Session s) {
    return s.get("stored", Boolean.class).orElseThrow();
  }

  /** Looks for the job that has the key. */
  private void find(Session s, String id) {
    Optional<String> existing =
        s.keys("keys").stream().map(key -> s.see(key, String.class).orElseThrow()).findFirst();
    if (existing.isPresent()) {
      s.set("refused", existing.get());
      s.tell("finds " + existing.get());
    } else if (rules.contains(Rule.THE_INDEX_DECIDES_AND_WAITS)) {
      s.set("again", true);
      s.tell("finds nothing in the way");
      if (!rules.contains(Rule.A_SENDER_TRIES_AGAIN_IF_NOTHING_IS_IN_THE_WAY_ANY_MORE)) {
        s.note("refused for nothing", id);
      }
    } else {
      s.tell("finds nothing");
    }
  }

  Program completer(String name, String id) {
    return delete(name, id).commit();
  }

  Program undecidedCompleter(String name, String id) {
    return delete(name, id).rollback();
  }

  private static Program delete(String name, String id) {
    return Program.readCommitted(name)
        .step(
            s -> {
              s.lock("jobs/" + id, String.class);
              s.delete("jobs/" + id);
              s.lock("keys/k", String.class);
              s.delete("keys/k");
              s.tell("deletes " + id);
            });
  }

  static Optional<String> broken(World world, boolean atRest) {
    List<String> live = world.committed("jobs", String.class);
    if (live.size() > 1) {
      return Optional.of("two live jobs have the key: " + live);
    }
    return Optional.ofNullable(world.notes().get("refused for nothing"))
        .map(id -> id + " is refused because of a job that is gone");
  }
}
