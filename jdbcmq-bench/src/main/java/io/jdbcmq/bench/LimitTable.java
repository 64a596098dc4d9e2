package io.jdbcmq.bench;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/**
 * The least that a queue on PostgreSQL can do: rows are inserted, and deleted in batches of 100
 * before they are handled. No retries, no leases, no order, nothing that survives a crash of the
 * worker. What a queue with features can be measured by.
 *
 * <p>Where workers may be idle, sends notify; elsewhere they do not, as the least they can do.
 */
final class LimitTable implements Subject {
  private static final String INSERT =
      "insert into jobs (payload) select unnest(cast(? as text[]))";

  /** In one round trip. */
  private static final String INSERT_AND_NOTIFY =
      "with sent as (%s) select pg_notify('%s', '')".formatted(INSERT, LimitTakers.TOPIC);

  private final Place place;

  LimitTable(Place place) {
    this.place = place;
  }

  @Override
  public String name() {
    return "limit";
  }

  @Override
  public void install() {
    place.execute(
        "create table jobs"
            + " (id bigint generated always as identity primary key, payload text not null)");
  }

  @Override
  public void send(List<Message> messages) {
    try (Connection connection = place.senders().getConnection()) {
      send(connection, messages);
    } catch (SQLException e) {
      throw new IllegalStateException("could not send", e);
    }
  }

  @Override
  public void sendAndWake(List<Message> messages) {
    try (Connection connection = place.senders().getConnection();
        PreparedStatement insert = connection.prepareStatement(INSERT_AND_NOTIFY)) {
      insert.setArray(1, texts(connection, messages));
      insert.execute();
    } catch (SQLException e) {
      throw new IllegalStateException("could not send", e);
    }
  }

  @Override
  public void send(Connection connection, List<Message> messages) {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setArray(1, texts(connection, messages));
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException("could not send", e);
    }
  }

  private static Array texts(Connection connection, List<Message> messages) throws SQLException {
    return connection.createArrayOf("text", messages.stream().map(Message::text).toArray());
  }

  @Override
  public Crew start(Terms terms, Consumer<Message> handler) {
    return new LimitTakers(place, terms, handler);
  }

  @Override
  public void clear() {
    place.truncate("jobs");
  }

  @Override
  public void vacuum() {
    place.vacuum();
  }

  @Override
  public void close() {
    place.dropSchema();
  }
}
