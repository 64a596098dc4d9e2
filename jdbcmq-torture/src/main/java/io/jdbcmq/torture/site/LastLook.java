package io.jdbcmq.torture.site;

import io.jdbcmq.torture.check.Leftovers.Effect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Reads what the database holds at the end, by the ids that the histories know. */
final class LastLook {
  private LastLook() {}

  /** Where each live job is. */
  static Map<UUID, String> live(Statement statement) throws SQLException {
    Map<UUID, String> live = new HashMap<>();
    try (ResultSet rows =
        statement.executeQuery(
            """
            select coalesce(headers[array_position(headers, 'origin') + 1]::uuid, id),
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
    return live;
  }

  /** The attempt of each dead job. */
  static Map<UUID, Integer> dead(Statement statement) throws SQLException {
    Map<UUID, Integer> dead = new HashMap<>();
    try (ResultSet rows =
        statement.executeQuery(
            "select coalesce(headers[array_position(headers, 'origin') + 1]::uuid, id), attempt"
                + " from jdbcmq.mq_dead")) {
      while (rows.next()) {
        dead.put(rows.getObject(1, UUID.class), rows.getInt(2));
      }
    }
    return dead;
  }

  /** The effects, in the order of their numbers. */
  static List<Effect> effects(Statement statement) throws SQLException {
    List<Effect> effects = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery("select number, job, run from effects order by number")) {
      while (rows.next()) {
        effects.add(new Effect(rows.getLong(1), rows.getObject(2, UUID.class), rows.getString(3)));
      }
    }
    return effects;
  }
}
