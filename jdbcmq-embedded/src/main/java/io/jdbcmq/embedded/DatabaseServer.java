package io.jdbcmq.embedded;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The server for tests and demos: one that you name, or else an embedded one.
 *
 * <p>The environment variable {@code JDBCMQ_URL} (or the system property {@code jdbcmq.url}) names
 * a running server by its JDBC URL; {@code JDBCMQ_USER} and {@code JDBCMQ_PASSWORD} (or {@code
 * jdbcmq.user}, {@code jdbcmq.password}) may add what is not in the URL. That server is neither
 * started nor stopped here. Its database may be shared, so work in a schema of your own.
 */
public final class DatabaseServer implements AutoCloseable {
  private final String url;
  private final Optional<String> user;
  private final Optional<String> password;
  private final Optional<EmbeddedPostgres> embedded;

  private DatabaseServer(
      String url,
      Optional<String> user,
      Optional<String> password,
      Optional<EmbeddedPostgres> embedded) {
    this.url = url;
    this.user = user;
    this.password = password;
    this.embedded = embedded;
  }

  /**
   * The server that the environment names, or an embedded one in a fresh directory. Blocks until an
   * embedded one answers.
   *
   * @throws EmbeddedPostgresException if the embedded one does not start
   */
  public static DatabaseServer fromEnvironmentOrEmbedded() {
    return fromEnvironmentOr(EmbeddedPostgres.builder());
  }

  /**
   * The server that the environment names, or else the given one, started here.
   *
   * @throws EmbeddedPostgresException if the embedded one does not start
   */
  public static DatabaseServer fromEnvironmentOr(EmbeddedPostgresBuilder builder) {
    return from(DatabaseServer::configured)
        .orElseGet(
            () -> {
              var server = builder.start();
              return new DatabaseServer(
                  server.jdbcUrl(), Optional.empty(), Optional.empty(), Optional.of(server));
            });
  }

  static Optional<DatabaseServer> from(Function<String, Optional<String>> configured) {
    return configured
        .apply("url")
        .map(
            url ->
                new DatabaseServer(
                    url, configured.apply("user"), configured.apply("password"), Optional.empty()));
  }

  private static Optional<String> configured(String name) {
    return firstNotBlank(
        System.getProperty("jdbcmq." + name),
        System.getenv("JDBCMQ_" + name.toUpperCase(Locale.ROOT)));
  }

  private static Optional<String> firstNotBlank(@Nullable String... values) {
    for (var value : values) {
      if (value != null && !value.isBlank()) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  /** JDBC URL of the database to use; user and password are in it only if they were given so. */
  public String jdbcUrl() {
    return url;
  }

  /** Whether the server was started here. */
  public boolean isEmbedded() {
    return embedded.isPresent();
  }

  /** The server, if it was started here: to kill and restart it. */
  public Optional<EmbeddedPostgres> embedded() {
    return embedded;
  }

  /** A new source of connections to {@link #jdbcUrl()}; it keeps no pool. */
  public PGSimpleDataSource dataSource() {
    var source = new PGSimpleDataSource();
    source.setUrl(url);
    user.ifPresent(source::setUser);
    password.ifPresent(source::setPassword);
    return source;
  }

  /** Stops the server if it was started here. */
  @Override
  public void close() {
    embedded.ifPresent(EmbeddedPostgres::close);
  }
}
