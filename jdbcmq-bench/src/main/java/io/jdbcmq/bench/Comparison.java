package io.jdbcmq.bench;

import io.jdbcmq.bench.Player.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets systems take turns: a round of the first, one of the second, and so on, then the next round
 * of the first. What disturbs the machine for a while disturbs all of them. The first turn is for
 * the compiler, and does not count.
 */
final class Comparison implements AutoCloseable {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration STOP = Duration.ofSeconds(90);
  private static final int ALWAYS = 2;
  private static final double WARM_UP = 0.5;

  private final Stage stage;
  private final Path log;
  private final Map<String, Child> players = new HashMap<>();

  Comparison(Stage stage, Path log) {
    this.stage = stage;
    this.log = log;
  }

  /** One system in one contest. */
  private static final class Turn {
    private final Contender contender;
    private final List<Map<String, Figures>> rounds = new ArrayList<>();
    private String trouble = "";
    private boolean opened;

    Turn(Contender contender) {
      this.contender = contender;
    }
  }

  /** Runs a contest and returns what each system did in each of its scenarios. */
  List<Summary> run(Contest contest, List<Contender> contenders, Pace.Rounds rounds) {
    List<Turn> turns = new ArrayList<>();
    for (Contender contender : contenders) {
      if (!contender.takesPart(contest)) {
        continue;
      }
      Turn turn = new Turn(contender);
      turns.add(turn);
      if (!contender.can().containsAll(contest.needs())) {
        turn.trouble = "left out: it has no " + missing(contest, contender);
      } else if (mayGoOn(turn, turns, rounds)) {
        ask(turn, "open " + contest.names().get(0), START);
        turn.opened = true;
      }
    }
    for (int round = rounds.warmsUp() ? 0 : 1; round <= rounds.turns(); round++) {
      double seconds = round == 0 ? rounds.seconds() * WARM_UP : rounds.seconds();
      for (int i = 0; i < turns.size(); i++) {
        Turn turn = turns.get((i + round) % turns.size()); // nobody is always the first
        if (turn.trouble.isEmpty() && mayGoOn(turn, turns, rounds)) {
          progress(contest, turn.contender, round, rounds.turns());
          Map<String, Figures> figures = ask(turn, "round " + seconds, patience(seconds));
          if (round > 0 && !figures.isEmpty()) {
            turn.rounds.add(figures);
          }
        }
      }
    }
    for (Turn turn : turns) {
      if (turn.opened && players.containsKey(turn.contender.name())) {
        close(turn);
      }
    }
    return summaries(contest, turns);
  }

  /** Where time is short, the first two go on all the same; nobody loses rounds that he had. */
  private static boolean mayGoOn(Turn turn, List<Turn> turns, Pace.Rounds rounds) {
    boolean mayGoOn = !rounds.isOver() || turns.indexOf(turn) < ALWAYS;
    if (!mayGoOn && turn.rounds.isEmpty() && turn.trouble.isEmpty()) {
      turn.trouble = "left out: there was no time left for it";
    }
    return mayGoOn;
  }

  private static String missing(Contest contest, Contender contender) {
    return contest.needs().stream()
        .filter(ability -> !contender.can().contains(ability))
        .map(Ability::text)
        .reduce((a, b) -> a + ", " + b)
        .orElse("");
  }

  /** Rounds of slow systems last many times as long; none lasts for ever. */
  private static Duration patience(double seconds) {
    return Duration.ofMillis((long) (seconds * 30_000)).plusSeconds(120);
  }

  private Map<String, Figures> ask(Turn turn, String request, Duration patience) {
    try {
      Child player = player(turn.contender);
      player.tell(request);
      Answer answer = MAPPER.readValue(player.hear(patience), Answer.class);
      if (!answer.error().isEmpty()) {
        turn.trouble = Figures.FAILED + answer.error();
      }
      return answer.figures();
    } catch (IOException | TimeoutException | RuntimeException e) {
      turn.trouble = Figures.FAILED + e.getMessage();
      restart(turn.contender);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      turn.trouble = "interrupted";
    }
    return Map.of();
  }

  /** Whatever happened before counts all the same, but a queue that does not close is replaced. */
  private void close(Turn turn) {
    String before = turn.trouble;
    ask(turn, "close", STOP);
    if (!turn.trouble.equals(before)) {
      restart(turn.contender);
      turn.trouble = before.isEmpty() ? "" : before;
    }
  }

  private Child player(Contender contender) throws IOException {
    Child player = players.get(contender.name());
    if (player == null) {
      player =
          new Child(
              contender.name(),
              log,
              "1g",
              Player.class,
              List.of(
                  contender.name(),
                  stage.server().jdbcUrl(),
                  Long.toString(stage.postmaster()),
                  Boolean.toString(stage.isQuick()),
                  log.toString()));
      players.put(contender.name(), player);
    }
    return player;
  }

  private void restart(Contender contender) {
    Child player = players.remove(contender.name());
    if (player != null) {
      player.close();
    }
  }

  private static List<Summary> summaries(Contest contest, List<Turn> turns) {
    List<Summary> summaries = new ArrayList<>();
    for (String scenario : contest.names()) {
      for (Turn turn : turns) {
        List<Figures> rounds = new ArrayList<>();
        for (Map<String, Figures> round : turn.rounds) {
          Figures figures = new LinkedHashMap<>(round).get(scenario);
          if (figures != null) {
            rounds.add(figures);
          }
        }
        if (!turn.trouble.isEmpty()) {
          rounds.add(Figures.leftOut(turn.trouble));
        }
        summaries.add(Summary.of(turn.contender, scenario, rounds));
      }
    }
    return summaries;
  }

  private static void progress(Contest contest, Contender contender, int round, int rounds) {
    String which = round == 0 ? "warm-up" : "round %d of %d".formatted(round, rounds);
    System.err.printf("  %s: %s, %s%n", contest.names().get(0), contender.name(), which);
  }

  @Override
  public void close() {
    players.values().forEach(Child::close);
  }
}
