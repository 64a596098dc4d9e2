package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.torture.check.Leftovers;
import io.jdbcmq.torture.check.Leftovers.Effect;
import io.jdbcmq.torture.plant.Plant;
import io.jdbcmq.torture.role.ProducerProcess;
import io.jdbcmq.torture.role.RunnerProcess;
import io.jdbcmq.torture.role.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A durable server, a proxy for each kind of connection, producers and runners as processes. For
 * the thread of the harness.
 */
public final class Site implements AutoCloseable {
  /** Of all runners: short, so that a run sees many end. */
  public static final Duration LEASE = Duration.ofSeconds(2);

  private static final String SCHEMA = "jdbcmq";
  private static final int CONNECTIONS = 12;

  private final Path folder;
  private final EmbeddedPostgres postgres;
  private final Proxy senders;
  private final Proxy claims;
  private final Proxy direct;
  private final List<Child> producers = new ArrayList<>();
  private final List<Child> runners = new ArrayList<>();
  private int started;

  private Site(Path folder, EmbeddedPostgres postgres) {
    this.folder = folder;
    this.postgres = postgres;
    this.senders = new Proxy(postgres.port());
    this.claims = new Proxy(postgres.port());
    this.direct = new Proxy(postgres.port());
  }

  /** Starts a server and creates what is needed; histories and logs go to the folder. */
  public static Site open(Path folder) throws SQLException {
    Site site = new Site(folder, EmbeddedPostgres.builder().start());
    site.migrate();
    site.execute(
        "create table effects (number bigserial primary key, job uuid not null, run text not null)");
    return site;
  }

  /** The server. */
  public EmbeddedPostgres postgres() {
    return postgres;
  }

  /** The proxies of senders, of claims and completions, and of heartbeats and notifications. */
  public List<Proxy> proxies() {
    return List.of(senders, claims, direct);
  }

  /** The runners that were started last. */
  public List<Child> runners() {
    return List.copyOf(runners);
  }

  /** Starts a process of producers. */
  public void startProducer(long seed) {
    Settings settings = settings("producer", senders);
    producers.add(
        Child.start(ProducerProcess.class, settings, List.of(Long.toString(seed + started))));
  }

  /** Starts a runner. */
  public void startRunner() {
    startRunner(CONNECTIONS);
  }

  /** Starts a runner with so many connections. */
  public void startRunner(int connections) {
    Settings settings = settings("runner", claims);
    runners.add(Child.start(RunnerProcess.class, settings, List.of(Integer.toString(connections))));
  }

  /** Starts runners in the place of those that have died; returns how many. */
  public int replaceDead() {
    int alive = runners.size();
    runners.removeIf(runner -> !runner.isAlive());
    int dead = alive - runners.size();
    for (int i = 0; i < dead; i++) {
      startRunner();
    }
    return dead;
  }

  /** Ends the producers. */
  public void endProducers() {
    for (Child producer : producers) {
      if (!producer.end(60)) {
        throw new IllegalStateException(
            "%s has not ended within 60 s; see its log".formatted(producer.name()));
      }
    }
  }

  /** Ends the runners. Returns those that had to be killed. */
  public List<String> endRunners() {
    List<String> late = new ArrayList<>();
    for (Child runner : runners) {
      if (!runner.end(60)) {
        late.add(runner.name());
        runner.kill();
      }
    }
    return late;
  }

  /** Executes a statement, past the proxies. */
  public void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Opens a session, past the proxies. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl() + "&connectTimeout=5&socketTimeout=60&ApplicationName=harness");
  }

  /** Runs the migrations, which have run before. */
  public void migrate() {
    JobQueue.builder(dataSource()).schema(SCHEMA).build().migrate();
  }

  /** Builds a defect into the queue. */
  public void plant(Plant plant) throws SQLException {
    try (Connection connection = connect()) {
      plant.into(connection, SCHEMA);
    }
  }

  /** How many jobs are live. */
  public long live() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from jdbcmq.mq_jobs")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** What the database holds. */
  public Leftovers leftovers() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      Map<UUID, String> live = new HashMap<>();
      try (ResultSet rows =
          statement.executeQuery(
              """
              select headers[array_position(headers, 'origin') + 1]::uuid,
                     format('attempt %s, %s', attempt, concat_ws(', ',
                       case when id in (select job_id from jdbcmq.mq_ready) then 'ready' end,
                       case when id in (select job_id from jdbcmq.mq_delayed) then 'delayed' end,
                       case when id in (select job_id from jdbcmq.mq_parked) then 'parked' end,
                       case when id in (select unnest(job_ids) from jdbcmq.mq_claims) then 'claimed' end))
              from jdbcmq.mq_jobs
              """)) {
        while (rows.next()) {
          live.put(rows.getObject(1, UUID.class), rows.getString(2));
        }
      }
      Set<UUID> dead = new HashSet<>();
      try (ResultSet rows =
          statement.executeQuery(
              "select headers[array_position(headers, 'origin') + 1]::uuid from jdbcmq.mq_dead")) {
        while (rows.next()) {
          dead.add(rows.getObject(1, UUID.class));
        }
      }
      List<Effect> effects = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery("select number, job, run from effects order by number")) {
        while (rows.next()) {
          effects.add(
              new Effect(rows.getLong(1), rows.getObject(2, UUID.class), rows.getString(3)));
        }
      }
      return new Leftovers(live, dead, effects, audit(statement));
    }
  }

  private static List<String> audit(Statement statement) throws SQLException {
    List<String> findings = new ArrayList<>();
    statement.execute("set search_path = jdbcmq, pg_temp");
    try (InputStream sql = JobQueue.class.getResourceAsStream("audit.sql");
        ResultSet rows =
            statement.executeQuery(new String(sql.readAllBytes(), StandardCharsets.UTF_8))) {
      while (rows.next()) {
        findings.add(rows.getString(1) + ": " + rows.getString(2));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return findings;
  }

  @Override
  public void close() {
    for (Child child : producers) {
      child.kill();
    }
    for (Child child : runners) {
      child.kill();
    }
    proxies().forEach(Proxy::close);
    postgres.close();
  }

  private Settings settings(String kind, Proxy proxy) {
    String name = kind + "-" + ++started;
    return new Settings(name, url(proxy, name, 10), url(direct, name, 5), SCHEMA, folder, LEASE);
  }

  private String url(Proxy proxy, String name, int socketTimeout) {
    return postgres.jdbcUrl().replace(":" + postgres.port() + "/", ":" + proxy.port() + "/")
        + "&connectTimeout=2&socketTimeout=%d&ApplicationName=%s".formatted(socketTimeout, name);
  }

  private PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(postgres.jdbcUrl());
    return dataSource;
  }
}
