package io.jdbcmq.test.example;

/** What a customer is told. */
record Confirmation(long order, String email) {}
