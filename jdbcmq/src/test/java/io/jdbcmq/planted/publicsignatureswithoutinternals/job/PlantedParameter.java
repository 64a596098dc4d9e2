package io.jdbcmq.planted.publicsignatureswithoutinternals.job;

import io.jdbcmq.planted.publicsignatureswithoutinternals.internal.sql.Row;
import java.util.List;

/** Wants a type of the inside, as an argument of a type. */
public final class PlantedParameter {

  public int count(List<Row> rows) {
    return rows.size();
  }
}
