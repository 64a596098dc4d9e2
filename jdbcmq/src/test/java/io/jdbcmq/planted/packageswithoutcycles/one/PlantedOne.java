package io.jdbcmq.planted.packageswithoutcycles.one;

import io.jdbcmq.planted.packageswithoutcycles.two.PlantedTwo;
import java.util.Optional;

/** Knows {@link PlantedTwo}, which knows this. */
public final class PlantedOne {
  private Optional<PlantedTwo> other = Optional.empty();

  public void meet(PlantedTwo two) {
    other = Optional.of(two);
  }

  public boolean isAlone() {
    return other.isEmpty();
  }
}
