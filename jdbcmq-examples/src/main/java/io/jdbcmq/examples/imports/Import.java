package io.jdbcmq.examples.imports;

/**
 * Payload of an import, and how far it has come.
 *
 * @param file what to import
 * @param done lines that are in the database already
 */
public record Import(String file, int done) {}
