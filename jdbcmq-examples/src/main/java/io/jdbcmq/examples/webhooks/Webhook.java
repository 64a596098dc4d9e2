package io.jdbcmq.examples.webhooks;

/**
 * Payload: what a customer is to be told.
 *
 * @param customer who
 * @param url where
 * @param body what
 */
public record Webhook(String customer, String url, String body) {}
