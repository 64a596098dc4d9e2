package io.jdbcmq.embedded;

import io.jdbcmq.embedded.PostgresProcess.PortTakenException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Settings of a server that is yet to be started; for one thread. */
public final class EmbeddedPostgresBuilder {
  private static final int MAX_PORT_TRIES = 10;
  private static final Set<String> OURS =
      Set.of("port", "listen_addresses", "unix_socket_directories", "data_directory");

  private Optional<Path> dataDirectory = Optional.empty();
  private int port;
  private PortPicker ports = PortPicker.free();
  private Duration timeout = Duration.ofMinutes(1);
  private final Map<String, String> settings = new LinkedHashMap<>();

  EmbeddedPostgresBuilder() {}

  /**
   * Keeps the data in a directory that stays when the server is closed.
   *
   * @param directory one that does not exist yet, is empty, or was used here before by the same
   *     major version; when this process belongs to root, one that other users can reach
   */
  public EmbeddedPostgresBuilder dataDirectory(Path directory) {
    this.dataDirectory = Optional.of(directory);
    return this;
  }

  /**
   * Sets the port.
   *
   * @param port 1 to 65535, or 0 (default) for a free one
   */
  public EmbeddedPostgresBuilder port(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535 but was " + port);
    }
    this.port = port;
    return this;
  }

  EmbeddedPostgresBuilder ports(PortPicker ports) {
    this.ports = ports;
    return this;
  }

  /**
   * Sets a parameter of {@code postgresql.conf}, such as {@code shared_buffers} to {@code 256MB}.
   *
   * @throws IllegalArgumentException for port, addresses and directories, which are decided here
   */
  public EmbeddedPostgresBuilder setting(String name, String value) {
    if (OURS.contains(name)) {
      throw new IllegalArgumentException("The parameter " + name + " cannot be set");
    }
    settings.put(name, value);
    return this;
  }

  /** Sets how long a start may take, recovery included; 1 minute by default. */
  public EmbeddedPostgresBuilder startTimeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * Starts the server and returns once it answers: within a second or two, the first time after
   * some more seconds of unpacking.
   *
   * @throws EmbeddedPostgresException if it does not start, with the last lines of its log
   */
  public EmbeddedPostgres start() {
    try {
      var installation = Installation.forThisPlatform();
      var data =
          dataDirectory.isPresent()
              ? DataDirectory.lasting(dataDirectory.get(), installation)
              : DataDirectory.temporary(installation);
      return start(installation, data);
    } catch (IOException e) {
      throw new EmbeddedPostgresException("Preparing the server failed: " + e.getMessage(), e);
    }
  }

  private EmbeddedPostgres start(Installation installation, DataDirectory data) throws IOException {
    try {
      stopOrphan(installation, data);
      return owned(installation, data, startOnSomePort(installation, data));
    } catch (IOException | RuntimeException e) {
      data.close();
      throw e;
    }
  }

  private EmbeddedPostgres owned(
      Installation installation, DataDirectory data, PostgresProcess process) throws IOException {
    try {
      return new EmbeddedPostgres(installation, data, process, settings, timeout);
    } catch (RuntimeException e) {
      process.kill(); // nobody else would
      throw e;
    }
  }

  private static void stopOrphan(Installation installation, DataDirectory data) throws IOException {
    var orphan = data.runningServer();
    if (orphan.isEmpty()) {
      return;
    }
    installation.signal(EmbeddedPostgres.Mode.FAST.signal(), orphan.get().pid());
    if (!Waiting.until(EmbeddedPostgres.STOP_TIMEOUT, () -> data.runningServer().isEmpty())) {
      throw new EmbeddedPostgresException(
          "A server that an earlier process left behind in "
              + data.path()
              + " does not stop: end process "
              + orphan.get().pid());
    }
  }

  private PostgresProcess startOnSomePort(Installation installation, DataDirectory data)
      throws IOException {
    int tries = port == 0 ? MAX_PORT_TRIES : 1;
    while (true) {
      try {
        int wanted = port == 0 ? ports.pick() : port;
        return PostgresProcess.start(installation, data, wanted, settings, timeout);
      } catch (PortTakenException e) {
        tries--;
        if (tries == 0) {
          throw new EmbeddedPostgresException(String.valueOf(e.getMessage()), e);
        }
      }
    }
  }
}
