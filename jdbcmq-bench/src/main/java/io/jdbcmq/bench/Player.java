package io.jdbcmq.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * The process of one system, which lives as long as the benchmark, so that systems do not share a
 * class path's side effects, a heap or compiled code, and each is warm after its first rounds. It
 * is told {@code open CONTEST}, {@code round SECONDS} and {@code close}, and answers each.
 */
public final class Player {
  /** System property with the file for whatever processes print. */
  static final String LOG = "jdbcmq.bench.log";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final Contender contender;
  private final Database database;
  private final Meter meter;
  private final String schema;
  private final boolean quick;
  private Optional<Playing> playing = Optional.empty();

  private Player(Contender contender, Database database, long postmaster, boolean quick) {
    this.contender = contender;
    this.database = database;
    this.meter = new Meter(database.direct(), postmaster);
    this.schema = "bench_" + contender.name().replace('-', '_');
    this.quick = quick;
  }

  /** An open contest. */
  private record Playing(Place place, Subject subject, Contest.Match match) {}

  /** What it answers: figures by scenario, or what went wrong. */
  record Answer(Map<String, Figures> figures, String error) {}

  /**
   * Runs until the end of what it is told.
   *
   * @param args system, URL of the database, process id of the server, whether quick, log
   */
  public static void main(String[] args) throws Exception {
    System.setProperty(LOG, args[4]);
    Player player =
        new Player(
            Contenders.named(args[0]),
            new Database(args[1]),
            Long.parseLong(args[2]),
            Boolean.parseBoolean(args[3]));
    try (BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      String line;
      while ((line = input.readLine()) != null) {
        System.out.println(Child.MARK + MAPPER.writeValueAsString(player.answer(line)));
      }
    }
    System.exit(0); // whatever threads a library has left
  }

  private Answer answer(String line) {
    String[] words = line.split(" ", -1);
    try {
      return new Answer(
          switch (words[0]) {
            case "open" -> open(Contests.named(words[1]));
            case "round" -> round(Double.parseDouble(words[1]));
            case "close" -> close();
            default -> throw new IllegalArgumentException("unknown request: " + line);
          },
          "");
    } catch (Exception | LinkageError | AssertionError e) {
      e.printStackTrace();
      return new Answer(Map.of(), root(e));
    }
  }

  private static String root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }

  private Map<String, Figures> open(Contest contest) throws Exception {
    Place place = new Place(database, schema);
    place.dropSchema();
    place.createSchema();
    Subject subject = contender.subject().apply(place);
    subject.install();
    database.execute("checkpoint"); // or one that is due comes while another system is measured
    Ring ring = new Ring(contender, place, subject, meter, quick);
    playing = Optional.of(new Playing(place, subject, contest.opening().open(ring)));
    return Map.of();
  }

  private Map<String, Figures> round(double seconds) throws Exception {
    return new LinkedHashMap<>(playing.orElseThrow().match().round(seconds));
  }

  private Map<String, Figures> close() throws Exception {
    Playing last = playing.orElseThrow();
    playing = Optional.empty();
    last.match().close();
    last.subject().close();
    last.place().close();
    return Map.of();
  }
}
