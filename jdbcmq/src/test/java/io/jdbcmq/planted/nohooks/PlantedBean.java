package io.jdbcmq.planted.nohooks;

import java.lang.management.ManagementFactory;

/** Lets others look into the process. */
public final class PlantedBean {

  public int beans() {
    return ManagementFactory.getPlatformMBeanServer().getMBeanCount();
  }
}
