package io.jdbcmq.testing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.postgresql.ds.PGSimpleDataSource;

/** Sockets of the driver on which a thread that asks for it runs out of memory. */
public final class FailingSockets extends SocketFactory {
  private static final ThreadLocal<Integer> ANSWERS = ThreadLocal.withInitial(() -> 0);

  /** Lets connections of this source use them. */
  public static void under(PGSimpleDataSource dataSource) {
    dataSource.setSocketFactory(FailingSockets.class.getName());
  }

  /** Lets the next answer that this thread reads fail: the server has done what it was told. */
  public static void failNextAnswer() {
    failAnswer(1);
  }

  /**
   * The same of a later one.
   *
   * @param number counts packets, from 1; 0: none fails any more
   */
  public static void failAnswer(int number) {
    ANSWERS.set(number);
  }

  @Override
  public Socket createSocket() {
    return new FailingSocket();
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  private static final class FailingSocket extends Socket {
    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
          int left = ANSWERS.get();
          ANSWERS.set(Math.max(0, left - 1));
          if (left == 1) {
            throw new OutOfMemoryError("on purpose");
          }
          return super.read(buffer, offset, length);
        }
      };
    }
  }
}
