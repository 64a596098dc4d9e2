package io.jdbcmq.annotation;

import io.jdbcmq.job.OnDeath;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method the handler of a kind of job. The annotation processor generates a class next to
 * it, {@code GreetingsJobs} for {@code Greetings}, with a method of the same name that makes
 * requests, and with the bindings that put the handlers into a registry.
 *
 * <p>The method is not private, may be static, returns nothing, and may take in any order: the
 * {@link io.jdbcmq.job.CurrentJob}, a payload (any type that the codec can read, or {@code byte[]}
 * for a binary one), a {@link java.sql.Connection} if the job is transactional, and context objects
 * that the registry has by type. Returning completes the job, throwing fails the attempt.
 *
 * <p>What is not written here comes from {@link #defaults}, and what is not written there is the
 * default that is shown here. A wrong value is an error of the compilation.
 *
 * <p>Durations are ISO-8601 texts such as {@code "PT2S"}, in whole milliseconds.
 *
 * <p>Templates are texts with {@code {property}} for what the payload has under that name, a record
 * component, method, getter or field, also nested as in {@code {customer.id}}; {@code {}} is the
 * payload itself, and <code>{{</code> and <code>}}</code> are braces.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Job {
  /**
   * What jobs are stored under, 1 to 500 bytes of UTF-8. Otherwise the name of the method, so that
   * its class can be renamed and moved while jobs are stored.
   */
  String name() default "";

  /** Names under which such jobs were sent before. */
  String[] aliases() default {};

  /** Name of the channel group, 1 to 1,000 bytes of UTF-8. */
  String channel() default "default";

  /** Template of what tells the channels of the group apart, up to 1,000 bytes of UTF-8. */
  String channelArgs() default "";

  /** Attempts after the first one, 0 to 10,000. */
  int retries() default 4;

  /** Delay after the first failed attempt, 0 to 24 days; doubles with each further one. */
  String backoff() default "PT1S";

  /** The longest delay before jitter, 0 to 36,500 days. */
  String maxBackoff() default "P36500D";

  /** Share of a delay by which it may be shorter or longer, 0 to 1. */
  double jitter() default 0;

  /** Whether jobs keep their place in the order of their channel. */
  boolean ordered() default false;

  /** What the death of an ordered job means to those behind it. */
  OnDeath onDeath() default OnDeath.SKIP;

  /** Lower numbers run first within the channel group, -32,768 to 32,767. */
  int priority() default 0;

  /** The longest that an attempt may take, 1 ms to 36,500 days. Otherwise there is no limit. */
  String timeout() default "";

  /**
   * Whether the handler runs in a transaction that also completes the job, so that what it writes
   * with its {@link java.sql.Connection} takes effect exactly once.
   */
  boolean transactional() default false;

  /**
   * Template of a key, 1 to 1,000 bytes of UTF-8: while a job of this name and key is live, another
   * one is a duplicate. Otherwise there may be any number.
   */
  String uniqueKey() default "";

  /** A class or interface with {@link JobDefaults}. */
  Class<?> defaults() default Void.class;
}
