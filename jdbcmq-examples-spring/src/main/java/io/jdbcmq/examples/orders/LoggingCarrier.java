package io.jdbcmq.examples.orders;

import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Stands for a carrier somewhere in the net. */
@Component
class LoggingCarrier implements Carrier {
  private static final Logger LOG = LoggerFactory.getLogger(LoggingCarrier.class);

  @Override
  public void pickUp(UUID reference, String item, int quantity) {
    LOG.info("picked up {} x {} as {}", quantity, item, reference);
  }
}
