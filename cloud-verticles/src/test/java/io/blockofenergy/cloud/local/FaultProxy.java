package io.blockofenergy.cloud.local;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes TCP on, and does to it what networks do. */
final class FaultProxy {
  /** What becomes of new connections. */
  enum Mode {
    PASS,

    /** Some of the data comes late, as when packets are lost and sent again. */
    LOSSY,

    /** They are accepted, and nothing ever comes: a TLS handshake that does not go on. */
    SILENT,

    /** They are closed when something has come: in the middle of the handshake. */
    CLOSE_EARLY
  }

  private static final int LATE_PERCENT = 1;
  private static final long LATE_MILLIS = 300;

  private record Pair(NetSocket in, NetSocket out) {}

  private final Vertx vertx;
  private final NetServer server;
  private final NetClient client;
  private final int targetPort;
  private final Random random = new Random(7);
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private volatile Mode mode = Mode.PASS;

  FaultProxy(Vertx vertx, int targetPort) {
    this.vertx = vertx;
    this.targetPort = targetPort;
    client = vertx.createNetClient();
    server = vertx.createNetServer().connectHandler(this::accept);
  }

  Future<Integer> start() {
    return server.listen(0, "127.0.0.1").map(NetServer::actualPort);
  }

  void mode(Mode ofNewConnections) {
    mode = ofNewConnections;
  }

  /** Closes what is open; returns how many connections there were. */
  int cut() {
    int count = pairs.size();
    pairs.forEach(pair -> pair.in().close());
    return count;
  }

  /** Nothing passes any more on what is open, and nobody is told; returns how many there were. */
  int stall() {
    int count = pairs.size();
    for (Pair pair : pairs) {
      pair.in().pause();
      pair.out().pause();
    }
    pairs.clear(); // their handlers stay, for the ends to close
    return count;
  }

  private void accept(NetSocket in) {
    switch (mode) {
      case SILENT -> in.pause();
      case CLOSE_EARLY -> in.handler(data -> in.close());
      default -> pass(in, mode == Mode.LOSSY);
    }
  }

  private void pass(NetSocket in, boolean lossy) {
    in.pause();
    client
        .connect(targetPort, "127.0.0.1")
        .onFailure(e -> in.close())
        .onSuccess(
            out -> {
              Pair pair = new Pair(in, out);
              pairs.add(pair);
              in.closeHandler(
                  closed -> {
                    pairs.remove(pair);
                    out.close();
                  });
              out.closeHandler(closed -> in.close());
              relay(in, out, pair, lossy);
              relay(out, in, pair, lossy);
              in.resume();
            });
  }

  private void relay(NetSocket from, NetSocket to, Pair pair, boolean lossy) {
    from.handler(
        data -> {
          boolean late = lossy && random.nextInt(100) < LATE_PERCENT;
          // A write to a connection that was cut fails, and its close handler does the rest.
          if (late) {
            from.pause();
            vertx.setTimer(
                LATE_MILLIS,
                elapsed -> {
                  to.write(data).onFailure(e -> to.close());
                  from.resume();
                });
            return;
          }
          to.write(data).onFailure(e -> to.close());
          if (to.writeQueueFull()) {
            from.pause();
            to.drainHandler(
                drained -> {
                  if (pairs.contains(pair)) { // else it is stalled
                    from.resume();
                  }
                });
          }
        });
  }
}
