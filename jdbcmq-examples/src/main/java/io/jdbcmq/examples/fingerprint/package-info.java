/**
 * The demo: a folder's files are recorded and fingerprinted by jobs, while one of the processes
 * that run them is killed.
 */
@NullMarked
package io.jdbcmq.examples.fingerprint;

import org.jspecify.annotations.NullMarked;
