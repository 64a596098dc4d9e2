package io.jdbcmq.planted.importsrundownwards.internal.helpers;

/** In a package that is no layer. */
public final class PlantedHelper {}
