package io.blockofenergy.cloud.local;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes TCP on until it is told to cut every connection. */
final class CutProxy {
  private final NetServer server;
  private final NetClient client;
  private final int targetPort;
  private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();

  CutProxy(Vertx vertx, int targetPort) {
    this.targetPort = targetPort;
    client = vertx.createNetClient();
    server = vertx.createNetServer().connectHandler(this::pass);
  }

  Future<Integer> start() {
    return server.listen(0, "127.0.0.1").map(NetServer::actualPort);
  }

  /** Closes what is open; returns how many connections there were. */
  int cut() {
    int count = sockets.size();
    sockets.forEach(NetSocket::close);
    return count;
  }

  private void pass(NetSocket in) {
    in.pause();
    client
        .connect(targetPort, "127.0.0.1")
        .onFailure(e -> in.close())
        .onSuccess(
            out -> {
              sockets.add(in);
              in.closeHandler(
                  closed -> {
                    sockets.remove(in);
                    out.close();
                  });
              out.closeHandler(closed -> in.close());
              // A cut mid-write fails the pipe; both ends are closed then, which is the point.
              in.pipeTo(out).onComplete(done -> in.close());
              out.pipeTo(in).onComplete(done -> in.close());
              in.resume();
            });
  }
}
