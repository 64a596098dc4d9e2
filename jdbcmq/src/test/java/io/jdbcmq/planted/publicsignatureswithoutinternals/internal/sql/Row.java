package io.jdbcmq.planted.publicsignatureswithoutinternals.internal.sql;

/** What users should never see. */
public record Row(long id) {}
