package io.jdbcmq.examples.orders;

import java.util.UUID;

/** Takes parcels. */
@FunctionalInterface
interface Carrier {
  /**
   * Picks a parcel up; does nothing if it has done so before.
   *
   * @param reference the same for every attempt
   */
  void pickUp(UUID reference, String item, int quantity) throws InterruptedException;
}
