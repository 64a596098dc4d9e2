/** Annotations that define jobs, for the annotation processor to generate requests and handlers. */
@NullMarked
package io.jdbcmq.annotation;

import org.jspecify.annotations.NullMarked;
