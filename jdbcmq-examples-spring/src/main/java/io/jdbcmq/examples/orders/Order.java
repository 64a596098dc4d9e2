package io.jdbcmq.examples.orders;

import java.util.UUID;

/**
 * What a customer wants.
 *
 * @param id of the order
 * @param item to be shipped
 * @param quantity how many of it
 * @param state PLACED or SHIPPED
 */
record Order(UUID id, String item, int quantity, String state) {}
