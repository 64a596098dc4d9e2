package io.jdbcmq.planted.packageswithoutcycles.two;

import io.jdbcmq.planted.packageswithoutcycles.one.PlantedOne;

/** Knows {@link PlantedOne}, which knows this. */
public final class PlantedTwo {

  public boolean isAlone(PlantedOne one) {
    return one.isAlone();
  }
}
