package io.jdbcmq.planted.importsrundownwards.internal.sql;

/** Above the nouns. */
public final class Database {
  public static final String TABLE = "mq_jobs";
}
