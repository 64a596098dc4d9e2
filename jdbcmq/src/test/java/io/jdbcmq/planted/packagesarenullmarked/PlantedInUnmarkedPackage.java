package io.jdbcmq.planted.packagesarenullmarked;

/** Its package has no package-info. */
public final class PlantedInUnmarkedPackage {}
