package io.jdbcmq.torture.plant;

/** Something wrong that is built in, to be found. */
public sealed interface Defect permits SqlDefect, JavaDefect {}
