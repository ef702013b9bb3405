package io.blockofenergy.edge.mqtt;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.internal.tls.SslContextProvider;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TrafficShapingOptions;
import io.vertx.core.net.impl.NetServerInternal;
import java.util.concurrent.TimeUnit;

/**
 * A TCP server whose sockets are shown to somebody else, after the one who made the server has set
 * them up. vertx-mqtt 5.0.8 keeps its sockets to itself, but reading from them has to be paused,
 * and connections have to be bounded before they have said CONNECT.
 */
final class LendingNetServer implements NetServerInternal {
  private final NetServerInternal server;
  private final Handler<NetSocketInternal> borrower;

  private LendingNetServer(NetServerInternal server, Handler<NetSocketInternal> borrower) {
    this.server = server;
    this.borrower = borrower;
  }

  /** The same Vert.x, but for the servers that are made with it: they show their sockets. */
  static VertxInternal lending(VertxInternal vertx, Handler<NetSocketInternal> borrower) {
    return new VertxWrapper(vertx) {
      @Override
      public NetServerInternal createNetServer(NetServerOptions options) {
        return new LendingNetServer(super.createNetServer(options), borrower);
      }
    };
  }

  @Override
  public NetServerInternal connectHandler(Handler<NetSocket> handler) {
    server.connectHandler(
        socket -> {
          handler.handle(socket);
          borrower.handle((NetSocketInternal) socket);
        });
    return this;
  }

  @Override
  public Handler<NetSocket> connectHandler() {
    return server.connectHandler();
  }

  @Override
  public NetServerInternal exceptionHandler(Handler<Throwable> handler) {
    server.exceptionHandler(handler);
    return this;
  }

  @Override
  public SslContextProvider sslContextProvider() {
    return server.sslContextProvider();
  }

  @Override
  public Future<NetServer> listen() {
    return server.listen();
  }

  @Override
  public Future<NetServer> listen(SocketAddress address) {
    return server.listen(address);
  }

  @Override
  public Future<NetServer> listen(ContextInternal context, SocketAddress address) {
    return server.listen(context, address);
  }

  @Override
  public Future<Void> shutdown(long timeout, TimeUnit unit) {
    return server.shutdown(timeout, unit);
  }

  @Override
  public int actualPort() {
    return server.actualPort();
  }

  @Override
  public Future<Boolean> updateSSLOptions(ServerSSLOptions options, boolean force) {
    return server.updateSSLOptions(options, force);
  }

  @Override
  public Future<Boolean> updateTrafficShapingOptions(TrafficShapingOptions options) {
    return server.updateTrafficShapingOptions(options);
  }
}
