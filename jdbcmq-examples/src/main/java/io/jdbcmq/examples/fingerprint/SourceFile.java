package io.jdbcmq.examples.fingerprint;

/**
 * A file to fingerprint.
 *
 * @param uri where it is
 * @param size in bytes, when it was listed
 */
record SourceFile(String uri, long size) {}
