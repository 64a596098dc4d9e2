package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.testing.TestSchema;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What heartbeat and listener have borrowed of a pool that itself resets nothing. */
class GivenBackIT {
  private static final int TIMEOUT_MS = 3_600_000;

  @RegisterExtension final TestSchema db = new TestSchema();

  private final Queue<State> givenBack = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> timeouts = new ConcurrentLinkedQueue<>();
  private final AtomicInteger borrowed = new AtomicInteger();

  /** As the next one finds a connection. */
  private record State(boolean autoCommit, int networkTimeoutMs) {}

  @Test
  void connectionsComeBackAsTheyWere() {
    run(Duration.ofSeconds(15));
    assertThat(givenBack).hasSize(2).containsOnly(new State(false, TIMEOUT_MS));
  }

  /** A shutdown waits for that long. */
  @Test
  void aLongLeaseMakesNobodyWaitForLong() {
    run(Duration.ofHours(1));
    assertThat(timeouts).contains(30_000).allMatch(ms -> ms <= 30_000 || ms == TIMEOUT_MS);
  }

  private void run(Duration lease) {
    JobQueue queue = JobQueue.builder(db.pool()).direct(pool()).schema(db.name()).build();
    JobRegistry jobs = JobRegistry.builder().handle("job", job -> {}).build();
    try (JobRunner runner = queue.runner(jobs).lease(lease).start()) {
      await().atMost(20, SECONDS).until(() -> borrowed.get() == 2);
      assertThat(runner.id()).isPresent();
    }
  }

  private DataSource pool() {
    return proxy(
        DataSource.class, (method, arguments) -> watched(method.invoke(db.direct(), arguments)));
  }

  private Object watched(Object answer) throws SQLException {
    if (!(answer instanceof Connection connection)) {
      return answer;
    }
    borrowed.incrementAndGet();
    connection.setAutoCommit(false);
    connection.setNetworkTimeout(Runnable::run, TIMEOUT_MS);
    return proxy(
        Connection.class,
        (method, arguments) -> {
          if (method.getName().equals("setNetworkTimeout")) {
            timeouts.add((Integer) arguments[1]);
          } else if (method.getName().equals("close")) {
            givenBack.add(new State(connection.getAutoCommit(), connection.getNetworkTimeout()));
          }
          return method.invoke(connection, arguments);
        });
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return call.on(method, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @FunctionalInterface
  private interface Call {
    Object on(Method method, Object[] arguments) throws Exception;
  }
}
