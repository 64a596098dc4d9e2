package io.jdbcmq.torture.server;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What the library logs while this is open. */
final class LogOf implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.jdbcmq");
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          messages.add(event.getLevel() + " " + event.getFormattedMessage());
        }
      };

  LogOf() {
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.addAppender(appender);
  }

  boolean has(String text) {
    return messages.stream().anyMatch(message -> message.contains(text));
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
  }
}
