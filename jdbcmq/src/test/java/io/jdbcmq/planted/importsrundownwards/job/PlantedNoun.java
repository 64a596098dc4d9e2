package io.jdbcmq.planted.importsrundownwards.job;

import io.jdbcmq.planted.importsrundownwards.internal.sql.Database;

/** At the bottom, and looks up. */
public final class PlantedNoun {

  public String table() {
    return Database.TABLE;
  }

  public Database database() {
    return new Database();
  }
}
