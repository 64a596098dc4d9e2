package io.jdbcmq.examples.payments;

/** Payload: an order to ship. */
public record Shipment(int order) {}
