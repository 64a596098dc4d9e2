package io.jdbcmq.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.SendResult;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Jobs of generated code are sent and run, also when the next version has renamed all classes. */
class GeneratedJobsIT {
  private static final Map<String, String> OLD =
      Map.of(
          "shop/Greetings.java",
          """
          package shop;

          import io.jdbcmq.annotation.*;
          import io.jdbcmq.job.*;
          import io.jdbcmq.processor.Seen;
          import java.sql.*;
          import java.util.*;

          class Greetings {
            record Greeting(String text, List<Integer> numbers) {}

            @JobDefaults(channel = "greetings", retries = 0)
            interface Mail {}

            @Job(defaults = Mail.class, channelArgs = "{text}", uniqueKey = "key-{text}")
            void greet(CurrentJob job, Greeting greeting, Seen seen) {
              seen.add(greeting + " from " + job.channel());
            }

            @Job
            void all(Map<String, List<Greeting>> all, Seen seen) {
              seen.add(all.get("x").get(0).text());
            }

            @Job
            static void bytes(Seen seen, @Payload byte[] bytes) {
              seen.add("bytes " + bytes.length);
            }

            @Job
            static void number(int number, Seen seen) {
              seen.add("number " + (number + 1));
            }

            @Job
            static void nothing(@Context Seen seen) {
              seen.add("nothing");
            }

            @Job(transactional = true)
            static void book(Connection connection, String text) throws SQLException {
              try (PreparedStatement insert = connection.prepareStatement("insert into booked values (?)")) {
                insert.setString(1, text);
                insert.executeUpdate();
              }
            }
          }
          """,
          "shop/Main.java",
          """
          package shop;

          import io.jdbcmq.*;
          import io.jdbcmq.job.*;
          import java.util.*;

          public class Main {
            public static JobRequest request(String name, String text) {
              Greetings.Greeting greeting = new Greetings.Greeting(text, List.of(1, 2));
              return switch (name) {
                case "greet" -> GreetingsJobs.greet(greeting);
                case "all" -> GreetingsJobs.all(Map.of("x", List.of(greeting)));
                case "bytes" -> GreetingsJobs.bytes(text.getBytes());
                case "number" -> GreetingsJobs.number(text.length());
                case "nothing" -> GreetingsJobs.nothing();
                case "book" -> GreetingsJobs.book(text);
                default -> throw new IllegalArgumentException(name);
              };
            }

            public static JobBindings bindings() {
              return GreetingsJobs.bindings(new Greetings());
            }
          }
          """);

  /** Another class in another package, and another name for one of the jobs. */
  private static final Map<String, String> NEW =
      Map.of(
          "shop/mail/Welcome.java",
          """
          package shop.mail;

          import io.jdbcmq.annotation.*;
          import io.jdbcmq.processor.Seen;
          import java.util.*;

          public class Welcome {
            public record Card(String text, List<Integer> numbers, Optional<String> color) {}

            @Job(name = "welcome", aliases = "greet")
            void sendCard(Card card, Seen seen) {
              seen.add("card " + card.text() + card.numbers());
            }

            @Job
            void all(Map<String, List<Card>> cards, Seen seen) {
              seen.add("cards " + cards.get("x").get(0).text());
            }
          }
          """,
          "shop/Main.java",
          """
          package shop;

          import io.jdbcmq.*;
          import io.jdbcmq.job.*;
          import java.util.*;
          import shop.mail.*;

          public class Main {
            public static JobRequest request(String name, String text) {
              return WelcomeJobs.sendCard(new Welcome.Card(text, List.of(), Optional.empty()));
            }

            public static JobBindings bindings() {
              return WelcomeJobs.bindings(new Welcome());
            }
          }
          """);

  private static DatabaseServer server;
  private static PGSimpleDataSource database;

  private final String schema = "t_" + UUID.randomUUID().toString().replace("-", "");
  private final Seen seen = new Seen();
  private JobQueue queue;

  @BeforeAll
  static void start() {
    server = DatabaseServer.fromEnvironmentOrEmbedded();
    database = server.dataSource();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void migrate() {
    queue = JobQueue.builder(database).schema(schema).build();
    queue.migrate();
  }

  @AfterEach
  void drop() throws Exception {
    execute("drop schema if exists \"" + schema + "\" cascade");
  }

  @Test
  @SuppressWarnings("try") // the runner works in the background until it is closed
  void jobsOfAllShapesAreSentAndRun(@TempDir Path folder) throws Exception {
    try (Application shop = Application.compile(folder, OLD);
        JobRunner runner = queue.runner(registry(shop)).start()) {
      assertThat(seenAfter(shop.request("greet", "tea")))
          .isEqualTo("Greeting[text=tea, numbers=[1, 2]] from Channel[name=greetings, args=tea]");
      assertThat(seenAfter(shop.request("all", "tea"))).isEqualTo("tea");
      assertThat(seenAfter(shop.request("bytes", "1234"))).isEqualTo("bytes 4");
      assertThat(seenAfter(shop.request("number", "1234"))).isEqualTo("number 5");
      assertThat(seenAfter(shop.request("nothing", ""))).isEqualTo("nothing");
    }
  }

  @Test
  void uniqueKeyOfTheTemplateHoldsBack(@TempDir Path folder) throws Exception {
    try (Application shop = Application.compile(folder, OLD)) {
      SendResult first = queue.send(shop.request("greet", "tea"));

      assertThat(queue.send(shop.request("greet", "tea")))
          .isEqualTo(new SendResult.Duplicate(first.id()));
      assertThat(queue.send(shop.request("greet", "milk"))).isInstanceOf(SendResult.Sent.class);
    }
  }

  @Test
  @SuppressWarnings("try")
  void transactionalHandlerWritesOnce(@TempDir Path folder) throws Exception {
    execute("create table \"" + schema + "\".booked (text text)");
    PGSimpleDataSource inSchema = server.dataSource();
    inSchema.setCurrentSchema(schema);
    JobQueue sameSchema = JobQueue.builder(inSchema).schema(schema).build();
    try (Application shop = Application.compile(folder, OLD);
        JobRunner runner = sameSchema.runner(registry(shop)).start()) {
      queue.send(shop.request("book", "a trip"));
      assertThat(seenAfter(shop.request("nothing", ""))).isEqualTo("nothing");
      runner.close(); // waits for those that run

      assertThat(query("select string_agg(text, ',') from \"" + schema + "\".booked"))
          .isEqualTo("a trip");
    }
  }

  @Test
  @SuppressWarnings("try")
  void nextVersionRunsWhatTheOldOneHasStored(@TempDir Path folder) throws Exception {
    try (Application old = Application.compile(folder.resolve("old"), OLD);
        Application next = Application.compile(folder.resolve("next"), NEW)) {
      queue.send(List.of(old.request("greet", "tea"), old.request("all", "milk")));

      try (JobRunner runner = queue.runner(registry(next)).start()) {
        assertThat(List.of(seen.next(), seen.next()))
            .containsExactlyInAnyOrder("card tea[1, 2]", "cards milk");
        assertThat(seenAfter(next.request("welcome", "soup"))).isEqualTo("card soup[]");
      }
    }
  }

  @Test
  @SuppressWarnings("try")
  void oldVersionLeavesJobsOfTheNewNameToTheNewOne(@TempDir Path folder) throws Exception {
    try (Application old = Application.compile(folder.resolve("old"), OLD);
        Application next = Application.compile(folder.resolve("next"), NEW);
        JobRunner oldRunner = queue.runner(registry(old)).start()) {
      UUID id = queue.send(next.request("welcome", "soup")).id();
      assertThat(seenAfter(old.request("nothing", ""))).isEqualTo("nothing");
      assertThat(queue.find(id))
          .map(JobStatus::state)
          .isPresent()
          .get()
          .isNotEqualTo(JobState.DEAD);

      try (JobRunner nextRunner = queue.runner(registry(next)).start()) {
        assertThat(seen.next()).isEqualTo("card soup[]");
      }
    }
  }

  @Test
  void missingContextObjectIsNamedWithItsHandler(@TempDir Path folder) throws Exception {
    try (Application shop = Application.compile(folder, OLD)) {
      JobRegistry.Builder builder = JobRegistry.builder().bind(shop.bindings());

      assertThatThrownBy(builder::build)
          .hasMessageContaining("job greet (Greetings.greet)")
          .hasMessageContaining(Seen.class.getName());
    }
  }

  private JobRegistry registry(Application application) throws ReflectiveOperationException {
    return JobRegistry.builder().context(Seen.class, seen).bind(application.bindings()).build();
  }

  private String seenAfter(JobRequest request) throws InterruptedException {
    assertThat(queue.send(request)).isInstanceOf(SendResult.Sent.class);
    return seen.next();
  }

  private static void execute(String sql) throws Exception {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(String sql) throws Exception {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
