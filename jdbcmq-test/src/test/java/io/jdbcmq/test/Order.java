package io.jdbcmq.test;

/** What the tests send. */
record Order(long number, String customer) {}
