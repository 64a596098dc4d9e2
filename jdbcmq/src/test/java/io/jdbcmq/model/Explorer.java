package io.jdbcmq.model;

import io.jdbcmq.model.Program.Line;
import io.jdbcmq.model.Session.MustWait;
import io.jdbcmq.model.Session.OldSnapshot;
import io.jdbcmq.model.World.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Takes every step that any session can take, from every state that can be reached, nearest states
 * first: so the schedule that it reports is a shortest one.
 */
final class Explorer {
  /** What must hold in every state, and in those in which all sessions have ended. */
  interface Law {
    /** What is wrong; empty: nothing. */
    Optional<String> broken(World world, boolean atRest);
  }

  /**
   * What was found.
   *
   * @param states how many there are, or were seen until something was wrong
   * @param counterExample what is wrong, after the steps that lead to it; empty: nothing
   */
  record Result(int states, List<String> counterExample) {
    boolean isSound() {
      return counterExample.isEmpty();
    }

    @Override
    public String toString() {
      return states + " states\n" + String.join("\n", counterExample);
    }
  }

  private record Origin(Optional<World> before, String step) {}

  private final List<Program> programs;
  private final Law law;
  private final Map<World, Origin> seen = new HashMap<>();
  private final ArrayDeque<World> open = new ArrayDeque<>();

  private Explorer(List<Program> programs, Law law) {
    this.programs = programs;
    this.law = law;
  }

  static Result explore(World start, List<Program> programs, Law law) {
    return new Explorer(programs, law).run(start.withSessions(programs.size()));
  }

  private Result run(World start) {
    visit(start, new Origin(Optional.empty(), ""));
    while (!open.isEmpty()) {
      World world = open.remove();
      boolean isStuck = true;
      boolean isAtRest = true;
      for (int session = 0; session < programs.size(); session++) {
        if (!programs.get(session).isOver(world.places().get(session).line())) {
          isAtRest = false;
          isStuck &= !step(world, session);
        }
      }
      Optional<String> wrong =
          isStuck && !isAtRest
              ? Optional.of("everyone waits for someone else")
              : law.broken(world, isAtRest);
      if (wrong.isPresent()) {
        return new Result(seen.size(), schedule(world, wrong.get()));
      }
    }
    return new Result(seen.size(), List.of());
  }

  private void visit(World world, Origin origin) {
    if (seen.putIfAbsent(world, origin) == null) {
      open.add(world);
    }
  }

  /** Takes the next step of a session; false: it waits for a lock. */
  private boolean step(World world, int number) {
    Program program = programs.get(number);
    Place place = world.places().get(number);
    Session session = new Session(world, number, program.isRepeatable());
    try {
      World after = take(program, place, session);
      visit(after, new Origin(Optional.of(world), program.name() + ": " + session.told()));
      return true;
    } catch (MustWait e) {
      return false;
    } catch (OldSnapshot e) {
      World after = world.release(number, false).at(number, place.again());
      visit(after, new Origin(Optional.of(world), program.name() + ": has an old snapshot"));
      return true;
    }
  }

  private static World take(Program program, Place place, Session session) {
    Line line = program.line(place.line());
    if (line instanceof Line.Statement statement) {
      statement.work().accept(session);
      int next = following(program, session, place.line() + 1);
      return session.goOn(new Place(next, session.locals(), session.snapshot(), place.start()));
    }
    Line.End end = (Line.End) line;
    end.work().accept(session);
    session.tell(end.commits() ? "commits" : "rolls back");
    session.end(end.commits());
    int next = following(program, session, place.line() + 1);
    return session.goOn(
        new Place(next, session.locals(), new TreeMap<>(), Map.entry(next, session.locals())));
  }

  /** The next line that does something. */
  private static int following(Program program, Session session, int from) {
    int line = from;
    while (!program.isOver(line)) {
      if (program.line(line) instanceof Line.Statement statement) {
        if (statement.condition().test(session)) {
          return line;
        }
        line++;
      } else if (program.line(line) instanceof Line.Back back) {
        line = back.condition().test(session) ? back.line() : line + 1;
      } else if (program.line(line) instanceof Line.Stop stop) {
        line = stop.condition().test(session) ? program.size() : line + 1;
      } else {
        return line;
      }
    }
    return line;
  }

  private List<String> schedule(World end, String wrong) {
    List<String> steps = new ArrayList<>();
    steps.add("=> " + wrong);
    Origin origin = seen.get(end);
    while (origin.before().isPresent()) {
      steps.add(origin.step());
      origin = seen.get(origin.before().get());
    }
    Collections.reverse(steps);
    return steps;
  }
}
