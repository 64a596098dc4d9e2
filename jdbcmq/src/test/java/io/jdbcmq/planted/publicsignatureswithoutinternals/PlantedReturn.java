package io.jdbcmq.planted.publicsignatureswithoutinternals;

import io.jdbcmq.planted.publicsignatureswithoutinternals.internal.sql.Row;

/** Returns a type of the inside. */
public final class PlantedReturn {

  public Row row() {
    return new Row(1);
  }
}
