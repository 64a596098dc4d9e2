package io.jdbcmq.testing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Sockets of the driver on which a thread that asks for it runs out of memory, or the server fails
 * to begin a transaction.
 */
public final class FailingSockets extends SocketFactory {
  private static final String NOT_ASKED_FOR = "the driver connects its sockets by itself";
  private static final ThreadLocal<Integer> ANSWERS = ThreadLocal.withInitial(() -> 0);
  private static final String BEGIN = "BEGIN\0";
  private static final AtomicInteger BEGINS = new AtomicInteger();

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

  /**
   * Lets the server refuse the next BEGIN, as it does when it is cancelled in that moment; what the
   * driver has sent with it is executed.
   */
  public static void spoilNextBegin() {
    BEGINS.set(1);
  }

  /** Whether each BEGIN that was to be spoilt has been sent. */
  public static boolean wasSpoilt() {
    return BEGINS.get() == 0;
  }

  @Override
  public Socket createSocket() {
    return new FailingSocket();
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException(NOT_ASKED_FOR);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException(NOT_ASKED_FOR);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException(NOT_ASKED_FOR);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException(NOT_ASKED_FOR);
  }

  private static final class FailingSocket extends Socket {
    @Override
    public OutputStream getOutputStream() throws IOException {
      OutputStream server = super.getOutputStream();
      return new OutputStream() {
        @Override
        public void write(int one) throws IOException {
          write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
          String sent = new String(buffer, offset, length, StandardCharsets.ISO_8859_1);
          if (sent.contains(BEGIN) && BEGINS.compareAndSet(1, 0)) {
            sent = sent.replace(BEGIN, "BEGUN\0");
          }
          server.write(sent.getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public void flush() throws IOException {
          server.flush();
        }
      };
    }

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
