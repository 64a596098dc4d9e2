package io.jdbcmq.mutation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Records what the tests of a class reach while they run one after the other. */
final class Recorder implements TestExecutionListener {
  private static final Set<String> UNITS =
      Set.of("method", "test-template", "test-factory", "property");

  private final Companions.Tracking calls;
  private final Map<String, Reach> reached = new LinkedHashMap<>();
  private final Set<String> failed = new TreeSet<>();
  private long started;

  Recorder(Companions.Tracking calls) {
    this.calls = calls;
  }

  @Override
  public synchronized void executionStarted(TestIdentifier identifier) {
    if (isUnit(identifier)) {
      started = System.nanoTime();
    }
  }

  @Override
  public synchronized void executionFinished(
      TestIdentifier identifier, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.FAILED) {
      failed.add(identifier.getUniqueId());
    }
    if (isUnit(identifier)) {
      String id = identifier.getUniqueId();
      reached.put(id, new Reach(id, Duration.ofNanos(System.nanoTime() - started), calls.take()));
    }
  }

  private static boolean isUnit(TestIdentifier identifier) {
    UniqueId id = identifier.getUniqueIdObject();
    return UNITS.contains(id.getLastSegment().getType());
  }

  /** The tests that passed; functions that were called between them are added to each. */
  synchronized List<Reach> passed() {
    Set<String> between = calls.take();
    List<Reach> passed = new ArrayList<>();
    for (Reach reach : reached.values()) {
      if (failed.stream().noneMatch(id -> id.startsWith(reach.id()) || reach.id().startsWith(id))) {
        Set<String> functions = new TreeSet<>(reach.functions());
        functions.addAll(between);
        passed.add(new Reach(reach.id(), reach.took(), functions));
      }
    }
    return passed;
  }

  synchronized Set<String> failed() {
    return failed;
  }
}
