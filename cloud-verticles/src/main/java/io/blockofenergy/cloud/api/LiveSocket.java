package io.blockofenergy.cloud.api;

import io.netty.channel.Channel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.function.LongSupplier;

/**
 * One connection of {@link LiveEvents}. Vert.x writes to a SockJS socket whatever the other end has
 * read; here no more than so many bytes wait for it, what would exceed them is not sent, and who
 * reads nothing for long is cut off. Used on one event loop.
 */
final class LiveSocket {
  /** Of a single event there may be more. */
  static final int MAX_WAITING_BYTES = 256 << 10;

  static final long MAX_UNREAD_NANOS = 30_000_000_000L;

  private final SockJSSocket socket;
  private int waitingBytes;
  private long progressNanos;
  private boolean cut;

  LiveSocket(SockJSSocket socket) {
    this.socket = socket;
  }

  /**
   * Sends the event, unless too much waits already.
   *
   * @param nanoTime as {@link System#nanoTime}
   * @return false when the other end has read nothing for so long that it was cut off
   */
  boolean send(Buffer event, LongSupplier nanoTime) {
    long nowNanos = nanoTime.getAsLong();
    if (cut) {
      return true;
    }
    if (waitingBytes == 0) {
      progressNanos = nowNanos;
    } else if (nowNanos - progressNanos > MAX_UNREAD_NANOS) {
      cut = true;
      cutOff();
      return false;
    }
    int bytes = event.length();
    if (waitingBytes == 0 || waitingBytes + bytes <= MAX_WAITING_BYTES) {
      waitingBytes += bytes;
      socket
          .write(event)
          .onComplete(
              written -> {
                waitingBytes -= bytes;
                progressNanos = nanoTime.getAsLong();
              });
    }
    return true;
  }

  /**
   * Below Vert.x, whose ways to close a socket or a connection all have a farewell wait behind what
   * is not read.
   */
  private void cutOff() {
    HttpConnection connection = socket.routingContext().request().connection();
    if (connection instanceof ConnectionBase wire) {
      Channel channel = wire.channel();
      channel.unsafe().close(channel.voidPromise());
    } else {
      connection.close();
    }
  }

  int waitingBytes() {
    return waitingBytes;
  }
}
