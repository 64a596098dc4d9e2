package io.jdbcmq.torture.plant;

import java.nio.file.Path;
import java.util.List;

/** A defect in classes of the library: parts of their source that are replaced. */
public enum JavaPlant implements JavaDefect {
  /** The heartbeat ends with the first call that fails, and the runner never has a lease again. */
  HEARTBEAT_GIVES_UP(
      "fast-restart",
      "internal/maintenance/Heartbeat.java",
      "events.publish(() -> new JobEvent.CallFailed(\"renew\", e, took));",
      "beats.stop();"),
  /** A runner that has found nothing looks again only when it is notified. */
  POLL_OMITTED(
      "deaf,cut",
      "internal/runner/PollPace.java",
      "return min(wait, idle);",
      "return Duration.ofDays(1);"),
  /** A commit counts as confirmed although the synchronous standby was not waited for. */
  STANDBY_IGNORED(
      "failover",
      "internal/sql/SqlErrors.java",
      "isFromSyncRep(server.getServerErrorMessage())) {\n        return true;",
      "isFromSyncRep(server.getServerErrorMessage())) {\n        return false;"),
  /** A runner that shuts down gives its lease up before it waits for its handlers. */
  HEARTBEAT_ENDS_FIRST(
      "retire",
      "internal/runner/RunnerEngine.java",
      "dispatcher.stop();",
      "dispatcher.stop();\n    heartbeat.close(false);"),
  /** A run that asks for something in vain, because it has lost its lease, is not told so. */
  REFUSAL_SWALLOWED(
      "pause,kill",
      "internal/sql/RunCalls.java",
      "throw new LeaseLostException(run.id(), tried);",
      "return;"),
  /** Heartbeats take a connection from the pool each, and wait for it as handlers do. */
  HEARTBEAT_ON_POOL(
      "small-pool",
      new Passage(
          "internal/runner/RunnerEngine.java", "new Heartbeat(direct,", "new Heartbeat(pool,"),
      new Passage(
          "internal/maintenance/Heartbeat.java", "if (held) {", "disconnect();\n    if (held) {")),
  /** The claims whose answers were lost are never handed back. */
  RECONCILE_OMITTED(
      "lose-answers",
      "internal/runner/Fetcher.java",
      "if (System.nanoTime() - reconcileAtNanos >= 0) {",
      "if (false) {"),
  /** Handlers may take as long as they like. */
  TIMEOUT_IGNORED("none", "internal/runner/HandlerInvoker.java", "watchdog.watch(run);", "");

  private final String faults;

  @SuppressWarnings("ImmutableEnumChecker") // a list of List.of
  private final List<Passage> passages;

  JavaPlant(String faults, String path, String sound, String defect) {
    this(faults, new Passage(path, sound, defect));
  }

  JavaPlant(String faults, Passage... passages) {
    this.faults = faults;
    this.passages = List.of(passages);
  }

  /** The faults with which it shows, separated by commas. */
  public String faults() {
    return faults;
  }

  /**
   * {@inheritDoc}
   *
   * @throws PlantException if the source is not there, or not what the defect was made for
   */
  @Override
  public void into(Path classes) {
    for (Passage passage : passages) {
      CoreSource source = new CoreSource(passage.source());
      source.compile(passage.replacedIn(source.text()), classes);
    }
  }

  /** What is replaced, each in another source. */
  List<Passage> passages() {
    return passages;
  }
}
