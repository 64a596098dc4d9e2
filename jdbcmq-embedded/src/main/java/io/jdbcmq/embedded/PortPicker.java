package io.jdbcmq.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Proposes ports of this machine that nobody listens to. */
interface PortPicker {

  /** A port that was free a moment ago; somebody else may take it before the server does. */
  int pick() throws IOException;

  static PortPicker free() {
    return () -> {
      try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      }
    };
  }
}
