package io.jdbcmq.mutation;

import io.jdbcmq.testing.FunctionText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.platform.engine.CancellationToken;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherExecutionRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherExecutionRequestBuilder;

/** Runs tests, in this JVM, until one fails or their time is over. */
final class TestRun {
  /** For a test to notice that its sessions have been ended. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final Launcher launcher;
  private final Path jqwikDatabase;
  private final Runnable endSessions;

  /**
   * Nothing runs yet.
   *
   * @param jqwikDatabase where jqwik remembers failures, which are those of mutants
   * @param endSessions ends all sessions of the server, so that a test that hangs goes on
   */
  TestRun(Launcher launcher, Path jqwikDatabase, Runnable endSessions) {
    this.launcher = launcher;
    this.jqwikDatabase = jqwikDatabase;
    this.endSessions = endSessions;
  }

  /** Runs all tests of a class, whether they pass or not. */
  void all(DiscoverySelector testClass, Duration limit, TestExecutionListener listener)
      throws InterruptedException {
    run(testClass, limit, CancellationToken.disabled(), listener);
  }

  /** Runs tests until the first failure, and returns it; or that they have passed. */
  Verdict of(DiscoverySelector tests, Duration limit) throws InterruptedException {
    FirstFailure failure = new FirstFailure();
    boolean ended = run(tests, limit, failure.token, failure);
    return failure.verdict(ended, limit);
  }

  private boolean run(
      DiscoverySelector tests,
      Duration limit,
      CancellationToken token,
      TestExecutionListener listener)
      throws InterruptedException {
    LauncherExecutionRequest request =
        LauncherExecutionRequestBuilder.request(
                LauncherDiscoveryRequestBuilder.request()
                    .selectors(tests)
                    .configurationParameter("jqwik.database", jqwikDatabase.toString())
                    // To find out that it fails is enough.
                    .configurationParameter("jqwik.shrinking.default", "OFF")
                    .build())
            .cancellationToken(token)
            .listeners(listener)
            .build();
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread = new Thread(() -> execute(request, done), "tests");
    thread.setDaemon(true);
    thread.start();
    boolean ended = ends(done, limit);
    if (!ended) {
      endSessions.run();
      if (!ends(done, GRACE)) {
        thread.interrupt();
        if (!ends(done, GRACE)) {
          throw new IllegalStateException(
              "a test cannot be stopped, and would disturb the next ones: " + tests);
        }
      }
    }
    return ended;
  }

  private void execute(LauncherExecutionRequest request, CompletableFuture<Void> done) {
    try {
      launcher.execute(request);
      done.complete(null);
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  private static boolean ends(CompletableFuture<Void> done, Duration limit)
      throws InterruptedException {
    try {
      done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("tests could not be run", e.getCause());
    }
  }

  /**
   * What came of it.
   *
   * @param message why
   */
  record Verdict(Outcome outcome, String message) {
    enum Outcome {
      PASSED,
      FAILED,
      HUNG
    }

    boolean passed() {
      return outcome == Outcome.PASSED;
    }
  }

  /** Ends the run with the first test that fails. */
  private static final class FirstFailure implements TestExecutionListener {
    private final CancellationToken token = CancellationToken.create();
    private String message = "";

    @Override
    public synchronized void executionFinished(
        TestIdentifier identifier, TestExecutionResult result) {
      if (result.getStatus() != TestExecutionResult.Status.FAILED || !message.isEmpty()) {
        return;
      }
      Throwable thrown = result.getThrowable().orElseGet(() -> new AssertionError("failed"));
      if (!isAboutText(thrown)) {
        message = identifier.getDisplayName() + ": " + thrown;
        token.cancel();
      }
    }

    /** The test changes the function itself, in a place where the mutant differs. */
    private static boolean isAboutText(Throwable thrown) {
      return Stream.iterate(thrown, each -> each != null, Throwable::getCause)
          .anyMatch(each -> each instanceof FunctionText.OtherText);
    }

    synchronized Verdict verdict(boolean ended, Duration limit) {
      if (!message.isEmpty()) {
        return new Verdict(Verdict.Outcome.FAILED, message.replaceAll("\\s+", " "));
      }
      return ended
          ? new Verdict(Verdict.Outcome.PASSED, "")
          : new Verdict(Verdict.Outcome.HUNG, "not over after " + limit.toSeconds() + " s");
    }
  }
}
