package io.jdbcmq.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
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
    try (Connection connection = place.senders().getConnection()) {
      connection.setAutoCommit(false);
      send(connection, messages);
      try (Statement statement = connection.createStatement()) {
        statement.execute("notify " + LimitTakers.TOPIC);
      }
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException("could not send", e);
    }
  }

  @Override
  public void send(Connection connection, List<Message> messages) {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setArray(
          1, connection.createArrayOf("text", messages.stream().map(Message::text).toArray()));
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException("could not send", e);
    }
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
