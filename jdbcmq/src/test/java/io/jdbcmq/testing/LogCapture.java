package io.jdbcmq.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Keeps what is logged, by the library at TRACE, until it is closed. */
public final class LogCapture implements AutoCloseable {
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Logger library = (Logger) LoggerFactory.getLogger("io.jdbcmq");
  private final Level levelBefore = library.getLevel();
  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          event.getMDCPropertyMap(); // as it is now
          event.getThreadName();
          events.add(event);
        }
      };

  public LogCapture() {
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
    library.setLevel(Level.TRACE);
  }

  /** All that is written of events at this level or above. */
  public List<String> written(Level least) {
    return events.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(least))
        .map(LogCapture::all)
        .toList();
  }

  /** All that is written of events, but for the exceptions that come with those below INFO. */
  public List<String> writtenWithoutExceptionsAtDebug() {
    return events.stream()
        .map(event -> event.getLevel().isGreaterOrEqual(Level.INFO) ? all(event) : text(event))
        .toList();
  }

  @Override
  public void close() {
    root.detachAppender(appender);
    library.setLevel(levelBefore);
  }

  private static String all(ILoggingEvent event) {
    StringBuilder text = new StringBuilder(text(event));
    append(event.getThrowableProxy(), text);
    return text.toString();
  }

  private static String text(ILoggingEvent event) {
    return "%s [%s] %s %s %s"
        .formatted(
            event.getLevel(),
            event.getThreadName(),
            event.getLoggerName(),
            event.getMDCPropertyMap(),
            event.getFormattedMessage());
  }

  private static void append(IThrowableProxy thrown, StringBuilder text) {
    if (thrown != null) {
      text.append('\n').append(thrown.getClassName()).append(": ").append(thrown.getMessage());
      append(thrown.getCause(), text);
      for (IThrowableProxy suppressed : thrown.getSuppressed()) {
        append(suppressed, text);
      }
    }
  }
}
