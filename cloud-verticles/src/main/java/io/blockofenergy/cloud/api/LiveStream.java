package io.blockofenergy.cloud.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * One client of {@link LiveStreams}. What it does not read in time waits here, so many events at
 * most; then the oldest are dropped, and the client is told how many.
 */
final class LiveStream {
  static final int MAX_WAITING = 1_000;

  /** Pings that a client may leave unread before it counts as gone. */
  private static final int MAX_UNREAD_PINGS = 4;

  private static final Buffer PING = Buffer.buffer(": ping\n\n");

  private final HttpServerResponse response;
  private final Set<String> devices;
  private final Deque<Buffer> waiting = new ArrayDeque<>();
  private long dropped;
  private int unreadPings;

  /**
   * @param devices only of these; of all when there are none
   */
  LiveStream(HttpServerResponse response, Set<String> devices) {
    this.response = response;
    this.devices = devices;
  }

  void start() {
    response
        .setChunked(true)
        .putHeader("Content-Type", "text/event-stream")
        .putHeader("Cache-Control", "no-store")
        // Neither the server's compression nor a proxy may hold events back.
        .putHeader("Content-Encoding", "identity")
        .putHeader("X-Accel-Buffering", "no");
    response.drainHandler(drained -> drain());
    response.write(Buffer.buffer("retry: 2000\n\n"));
  }

  boolean wants(String device) {
    return devices.isEmpty() || devices.contains(device);
  }

  void send(Buffer event) {
    if (waiting.isEmpty() && dropped == 0 && !response.writeQueueFull()) {
      response.write(event);
      return;
    }
    if (waiting.size() == MAX_WAITING) {
      waiting.removeFirst();
      dropped++;
    }
    waiting.addLast(event);
  }

  private void drain() {
    while (!response.writeQueueFull()) {
      if (dropped > 0) {
        response.write(Buffer.buffer("event: dropped\ndata: {\"readings\":" + dropped + "}\n\n"));
        dropped = 0;
      } else if (waiting.isEmpty()) {
        return;
      } else {
        response.write(waiting.removeFirst());
      }
    }
  }

  /** Says that the stream stands; false when the client has not read for too long. */
  boolean ping() {
    if (response.writeQueueFull()) {
      return ++unreadPings < MAX_UNREAD_PINGS;
    }
    unreadPings = 0;
    response.write(PING);
    return true;
  }

  void end() {
    response.end();
  }

  /** Without waiting for the client to read what was written. */
  void cut() {
    response.reset();
  }
}
