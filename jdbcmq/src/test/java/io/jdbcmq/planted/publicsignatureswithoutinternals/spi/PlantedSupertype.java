package io.jdbcmq.planted.publicsignatureswithoutinternals.spi;

import io.jdbcmq.planted.publicsignatureswithoutinternals.internal.sql.Row;
import java.util.Comparator;

/** Is made of a type of the inside. */
public interface PlantedSupertype extends Comparator<Row> {}
