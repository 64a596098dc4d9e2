package io.jdbcmq.annotation;

import io.jdbcmq.job.OnDeath;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What several kinds of jobs have in common, on a class or interface that {@link Job#defaults}
 * names. All elements mean what they mean there.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface JobDefaults {
  /** {@link Job#channel()}. */
  String channel() default "default";

  /** {@link Job#retries()}. */
  int retries() default 4;

  /** {@link Job#backoff()}. */
  String backoff() default "PT1S";

  /** {@link Job#maxBackoff()}. */
  String maxBackoff() default "P36500D";

  /** {@link Job#jitter()}. */
  double jitter() default 0;

  /** {@link Job#ordered()}. */
  boolean ordered() default false;

  /** {@link Job#onDeath()}. */
  OnDeath onDeath() default OnDeath.SKIP;

  /** {@link Job#priority()}. */
  int priority() default 0;

  /** {@link Job#timeout()}. */
  String timeout() default "";
}
