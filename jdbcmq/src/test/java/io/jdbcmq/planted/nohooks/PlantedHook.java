package io.jdbcmq.planted.nohooks;

/** Does something when the process of the application ends. */
public final class PlantedHook {

  public void add() {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {}));
  }
}
