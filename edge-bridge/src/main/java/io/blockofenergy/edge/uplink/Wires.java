package io.blockofenergy.edge.uplink;

import java.io.IOException;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of one session or registration. The SDK waits for answers on some of them for a
 * minute, or for ever; closing them ends that at once. Safe for any thread.
 */
final class Wires {
  private static final Logger LOG = LoggerFactory.getLogger(Uplink.class);

  private final Set<Socket> open = new HashSet<>();
  private boolean cut;
  private boolean expired;

  /**
   * A context whose sockets belong to these wires, and connect to {@code port} whatever port they
   * are asked for: the SDK has no setting for it.
   */
  SSLContext context(SSLContext context, int port) {
    return new WiredContext(context, sockets -> new RedirectingSocketFactory(sockets, port, this));
  }

  synchronized void opened(Socket socket) {
    open.removeIf(Socket::isClosed);
    open.add(socket);
    if (cut) {
      close(socket);
    }
  }

  /** Closes what is open and whatever will be opened. Never waits for the peer. */
  synchronized void cut() {
    cut = true;
    open.forEach(Wires::close);
    open.clear();
  }

  /** Cuts them because it took too long. */
  synchronized void expire() {
    expired = true;
    cut();
  }

  synchronized boolean isExpired() {
    return expired;
  }

  private static void close(Socket socket) {
    try {
      // Else TLS would wait for the writer that is stuck, to say goodbye behind it.
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      LOG.debug("A socket could not be closed", e);
    }
  }
}
