package io.jdbcmq.torture.plant;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A defect that is to be found.
 *
 * @param name as users write it: {@code order-ignored}
 * @param faults with which it shows, separated by commas
 */
public record KnownDefect(String name, String faults, Defect defect) {
  /** All of them. */
  public static List<KnownDefect> all() {
    return Stream.concat(
            Arrays.stream(Plant.values()).map(plant -> known(plant, plant.faults(), plant)),
            Arrays.stream(JavaPlant.values()).map(plant -> known(plant, plant.faults(), plant)))
        .toList();
  }

  /** The one of this name. */
  public static Optional<KnownDefect> named(String name) {
    return all().stream().filter(known -> known.name.equals(name)).findFirst();
  }

  private static KnownDefect known(Enum<?> plant, String faults, Defect defect) {
    return new KnownDefect(plant.name().toLowerCase(Locale.ROOT).replace('_', '-'), faults, defect);
  }
}
