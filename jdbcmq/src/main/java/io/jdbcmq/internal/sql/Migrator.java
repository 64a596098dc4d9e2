package io.jdbcmq.internal.sql;

import io.jdbcmq.job.SchemaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema up to date: runs the numbered migrations that it lacks, in one transaction.
 *
 * <p>Any number of processes may try at once: they queue for a lock that ends with the transaction,
 * and all but the first find nothing left to do. Each migration records its own version, whatever
 * tool runs it.
 */
public final class Migrator {
  private static final Logger LOG = LoggerFactory.getLogger(Migrator.class);
  private static final String FOLDER = "/io/jdbcmq/migrations/";
  private static final List<String> FILES =
      List.of(
          "V0001__create_tables.sql",
          "V0002__send.sql",
          "V0003__claim.sql",
          "V0004__complete.sql",
          "V0005__fail.sql",
          "V0006__lease.sql",
          "V0007__inspect_and_manage.sql",
          "V0008__order_channels.sql",
          "V0009__reserve.sql",
          "V0010__cancel_and_pause.sql",
          "V0011__send_from_sql.sql");

  private final Schema schema;
  private final List<String> files;

  /** Migrates this schema. */
  public Migrator(Schema schema) {
    this(schema, FILES);
  }

  /** As a library does that knows only these, the first ones of all. */
  Migrator(Schema schema, List<String> files) {
    this.schema = schema;
    this.files = files;
  }

  /** All migrations there are, in their order. */
  static List<String> files() {
    return FILES;
  }

  /**
   * Runs what is missing. Nothing is in a schema that is newer: during a rolling deploy, processes
   * with the old version of the library go on and start.
   *
   * @param connection in auto-commit mode or not; left in the mode it had, committed or rolled back
   * @return the files that were run
   * @throws SchemaException if the schema needs a newer library, or was changed
   */
  public List<String> migrate(Connection connection) throws SQLException {
    DriverCheck.require(connection);
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    List<String> missing;
    try {
      missing = runMissing(connection);
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      connection.setAutoCommit(autoCommit);
      throw e;
    } catch (Error e) {
      Connections.discard(connection, e);
      throw e;
    }
    connection.setAutoCommit(autoCommit);
    return missing;
  }

  private List<String> runMissing(Connection connection) throws SQLException {
    lock(connection);
    requireUtf8(connection);
    Map<Integer, Installed> installed = installed(connection);
    check(installed);
    List<String> missing = missing(installed);
    if (version(installed) > files.size()) {
      LOG.info(
          "schema {} is at version {}, this library knows {}: it works with it, nothing is migrated",
          schema.name(),
          version(installed),
          files.size());
    }
    if (!missing.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        if (!schemaExists(connection)) {
          statement.execute(createSchema());
        }
        statement.execute(setSearchPath());
        for (String file : missing) {
          statement.execute(text(file));
          record(connection, file);
        }
      }
    }
    return missing;
  }

  /** What {@link #migrate} would run, as a script for psql; empty if nothing is missing. */
  public String script(Connection connection) throws SQLException {
    Map<Integer, Installed> installed = installed(connection);
    check(installed);
    List<String> missing = missing(installed);
    if (missing.isEmpty()) {
      return "";
    }
    StringBuilder script = new StringBuilder("begin;\n");
    if (!schemaExists(connection)) {
      script.append(createSchema());
    }
    script.append(setSearchPath());
    for (String file : missing) {
      script.append("\n-- ").append(file).append("\n\n").append(text(file));
    }
    return script.append("\ncommit;\n").toString();
  }

  /**
   * Checks that the schema has all that this library needs. A newer one has, unless it says that it
   * needs a newer library.
   *
   * @throws SchemaException if it is missing or older, or needs a newer library
   * @throws SQLException if the driver of the connection is refused, among other reasons
   */
  public void requireCurrent(Connection connection) throws SQLException {
    DriverCheck.require(connection);
    Map<Integer, Installed> installed = installed(connection);
    checkVersion(installed);
    if (!missing(installed).isEmpty()) {
      throw new SchemaException(
          "schema %s is at version %d, this library needs %d: call queue.migrate()"
              .formatted(schema.name(), version(installed), files.size()));
    }
  }

  private void check(Map<Integer, Installed> installed) {
    checkVersion(installed);
    for (String file : files) {
      Installed found = installed.get(number(file));
      if (found != null && found.checksum() != null && !found.checksum().equals(checksum(file))) {
        throw new SchemaException(
            "schema %s was migrated by another text of %s than this library has: compare the two, migrations never change once released"
                .formatted(schema.name(), file));
      }
    }
  }

  private void checkVersion(Map<Integer, Installed> installed) {
    int oldest =
        installed.values().stream()
            .map(Installed::oldestLibrary)
            .filter(Objects::nonNull)
            .mapToInt(Integer::intValue)
            .max()
            .orElse(0);
    if (oldest > files.size()) {
      throw new SchemaException(
          "schema %s is at version %d and needs a library that knows version %d, this one knows %d: use a newer version of the library"
              .formatted(schema.name(), version(installed), oldest, files.size()));
    }
    List<String> missing = missing(installed);
    if (version(installed) > files.size() && !missing.isEmpty()) {
      throw new SchemaException(
          "schema %s is at version %d but lacks %s: find out who has left it out, or deleted its row in mq_migrations"
              .formatted(schema.name(), version(installed), String.join(", ", missing)));
    }
  }

  private static int version(Map<Integer, Installed> installed) {
    return installed.keySet().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  private List<String> missing(Map<Integer, Installed> installed) {
    return files.stream().filter(file -> !installed.containsKey(number(file))).toList();
  }

  private static int number(String file) {
    return Integer.parseInt(file.substring(1, 5));
  }

  /** Only where it is missing: the statement needs the right to create schemas in any case. */
  private String createSchema() {
    return "create schema " + schema.quoted() + ";\n";
  }

  private String setSearchPath() {
    return "set local search_path = " + schema.quoted() + ", pg_temp;\n";
  }

  private boolean schemaExists(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select to_regnamespace(?) is not null")) {
      statement.setString(1, schema.quoted());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() && rows.getBoolean(1);
      }
    }
  }

  /** In another encoding, names and errors that the library accepts could not be stored. */
  private static void requireUtf8(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show server_encoding")) {
      rows.next();
      if (!"UTF8".equals(rows.getString(1))) {
        throw new SchemaException(
            "the database has the encoding " + rows.getString(1) + ", jdbcmq needs one in UTF8");
      }
    }
  }

  /** What others have migrated while this one waited is seen, whatever isolation is usual here. */
  private void lock(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set transaction isolation level read committed");
    }
    try (PreparedStatement statement =
        connection.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 0))")) {
      statement.setString(1, "jdbcmq migration of " + schema.name());
      statement.execute();
    }
  }

  /**
   * A migration that has run.
   *
   * @param checksum null: another tool ran it
   * @param oldestLibrary version that a library has to know from there on; null: any will do
   */
  private record Installed(@Nullable String checksum, @Nullable Integer oldestLibrary) {}

  private Map<Integer, Installed> installed(Connection connection) throws SQLException {
    Map<Integer, Installed> installed = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement("select to_regclass(?)")) {
      statement.setString(1, schema.quoted() + ".mq_migrations");
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next() || rows.getString(1) == null) {
          return installed;
        }
      }
    }
    // As JSON: schemas from before the first release may lack the column, which their checksums
    // tell better than an error.
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select migration.version, migration.checksum,
                       (to_jsonb(migration) ->> 'oldest_library')::int
                from %s.mq_migrations as migration
                """
                    .formatted(schema.quoted()))) {
      while (rows.next()) {
        installed.put(
            rows.getInt(1), new Installed(rows.getString(2), rows.getObject(3, Integer.class)));
      }
    }
    return installed;
  }

  private void record(Connection connection, String file) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update " + schema.quoted() + ".mq_migrations set checksum = ? where version = ?")) {
      statement.setString(1, checksum(file));
      statement.setInt(2, number(file));
      statement.executeUpdate();
    }
  }

  private static String checksum(String file) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text(file).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String text(String file) {
    try (InputStream stream = Migrator.class.getResourceAsStream(FOLDER + file)) {
      if (stream == null) {
        throw new IllegalStateException("the library's jar lacks " + FOLDER + file);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
