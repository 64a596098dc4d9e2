package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives the tests of a class a real, migrated queue, empty at the start of each test.
 *
 * <pre>{@code
 * @ExtendWith(JobQueueExtension.class)
 * class OrdersTest {
 *   @Test
 *   void orderIsConfirmed(JobQueue queue, DataSource dataSource, TestJobs jobs) { ... }
 * }
 * }</pre>
 *
 * <p>The queue is in a database of its own, in the schema {@code jdbcmq}, on an embedded server
 * that all extensions of the process share and that is started when it is first needed. {@link
 * #on(Supplier)} takes a database of yours instead, of Testcontainers for example, and makes a
 * schema of its own there. Both are dropped after the last test. Between the tests only the queue
 * is emptied: tables of yours stay as they are.
 *
 * <p>As {@code @ExtendWith} of a class, or as a static field with {@code @RegisterExtension}, it
 * makes one database for the class, whose tests have to run one after the other; classes may run at
 * the same time. As a field that is not static it makes one for each test, which takes longer.
 *
 * <p>Tests may take a {@link JobQueue}, a {@link DataSource}, {@link TestJobs} and a {@link
 * TestClock} as parameters.
 */
public final class JobQueueExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {
  private final Optional<Supplier<? extends DataSource>> given;
  private final UnaryOperator<JobQueue.Builder> settings;

  // All guarded by this.
  private @Nullable TestDatabase database;
  private String owner = "";
  private String running = "";

  /** On the embedded server, for {@code @ExtendWith}. */
  public JobQueueExtension() {
    this(Optional.empty(), UnaryOperator.identity());
  }

  private JobQueueExtension(
      Optional<Supplier<? extends DataSource>> given, UnaryOperator<JobQueue.Builder> settings) {
    this.given = given;
    this.settings = settings;
  }

  /** On the embedded server. */
  public static JobQueueExtension create() {
    return new JobQueueExtension();
  }

  /**
   * In a schema of its own in this database.
   *
   * @param dataSource asked for once, before the first test: after a container has been started
   */
  public static JobQueueExtension on(Supplier<? extends DataSource> dataSource) {
    return new JobQueueExtension(Optional.of(dataSource), UnaryOperator.identity());
  }

  /**
   * The same with a queue of these settings: a codec, listeners, interceptors. Its schema is that
   * of the extension.
   */
  public JobQueueExtension queue(UnaryOperator<JobQueue.Builder> queueSettings) {
    return new JobQueueExtension(given, queueSettings);
  }

  /**
   * The queue.
   *
   * @throws IllegalStateException before the first test and after the last one
   */
  public JobQueue queue() {
    return open().queue();
  }

  /**
   * Connections to the database; those of the embedded server are pooled.
   *
   * @throws IllegalStateException before the first test and after the last one
   */
  public DataSource dataSource() {
    return open().dataSource();
  }

  /**
   * Runs the jobs of the queue.
   *
   * @throws IllegalStateException before the first test and after the last one
   */
  public TestJobs jobs() {
    return open().jobs();
  }

  /**
   * The schema of the queue.
   *
   * @throws IllegalStateException before the first test and after the last one
   */
  public String schema() {
    return open().schema();
  }

  /**
   * JDBC URL of the database, with the user: for an application that is started by the test.
   *
   * @throws IllegalStateException before the first test and after the last one, and if the database
   *     was given as a data source
   */
  public String jdbcUrl() {
    return open()
        .jdbcUrl()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "the database was given as a data source: its URL is known where that was made"));
  }

  @Override
  public synchronized void beforeAll(ExtensionContext context) {
    if (database == null) {
      make(context);
    } else if (!context.getUniqueId().startsWith(owner)) { // else it is a nested class
      throw new IllegalStateException(
          "%s and %s use the same JobQueueExtension at the same time: give each class one of its own, with @ExtendWith(JobQueueExtension.class) for example"
              .formatted(owner, context.getUniqueId()));
    }
  }

  @Override
  public synchronized void afterAll(ExtensionContext context) {
    dropIfOwnedBy(context);
  }

  @Override
  public synchronized void beforeEach(ExtensionContext context) {
    if (!running.isEmpty()) {
      throw new IllegalStateException(
          "%s and %s use the same queue at the same time: let the tests of the class run one after the other, with @Execution(SAME_THREAD), or give each a queue of its own, by a field that is not static"
              .formatted(running, context.getUniqueId()));
    }
    if (database == null) {
      make(context);
    } else {
      open().empty();
    }
    running = context.getUniqueId();
  }

  @Override
  public synchronized void afterEach(ExtensionContext context) {
    if (running.equals(context.getUniqueId())) {
      running = "";
      dropIfOwnedBy(context);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == JobQueue.class
        || type == DataSource.class
        || type == TestJobs.class
        || type == TestClock.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    makeForConstructor(parameter, context);
    return valueFor(parameter.getParameter());
  }

  /** An instance that serves the whole class is made even before {@link #beforeAll}. */
  private synchronized void makeForConstructor(
      ParameterContext parameter, ExtensionContext context) {
    boolean ofConstructor = parameter.getDeclaringExecutable() instanceof Constructor;
    boolean ofClass = context.getTestInstanceLifecycle().equals(Optional.of(Lifecycle.PER_CLASS));
    if (ofConstructor && ofClass) {
      beforeAll(context);
    }
  }

  private Object valueFor(Parameter parameter) {
    Class<?> type = parameter.getType();
    if (type == JobQueue.class) {
      return queue();
    }
    if (type == DataSource.class) {
      return dataSource();
    }
    return type == TestJobs.class ? jobs() : jobs().clock();
  }

  private void make(ExtensionContext context) {
    database =
        given.isPresent()
            ? TestDatabase.in(given.get().get(), settings)
            : TestDatabase.onSharedServer(settings);
    owner = context.getUniqueId();
  }

  private void dropIfOwnedBy(ExtensionContext context) {
    TestDatabase made = database;
    if (made != null && owner.equals(context.getUniqueId())) {
      database = null;
      made.drop();
    }
  }

  private synchronized TestDatabase open() {
    TestDatabase made = database;
    if (made == null) {
      throw new IllegalStateException(
          "there is no queue before the first test and after the last one: use it in @BeforeEach or in a test; in @BeforeAll only if the field of the extension is static");
    }
    return made;
  }
}
