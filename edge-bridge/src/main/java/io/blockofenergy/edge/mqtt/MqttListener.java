package io.blockofenergy.edge.mqtt;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.net.BindException;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address that MQTT is served on, by vertx-mqtt. Used on one event loop. */
final class MqttListener {
  private static final Logger log = LoggerFactory.getLogger(MqttListener.class);

  private final MqttServerOptions options;
  private final String portVariable;
  private final int maxPacketBytes;
  private final Handler<Wire> opened;
  private final Handler<Wire> closed;
  private final Context context;
  private final MqttServer server;
  private Wire connecting;

  /**
   * @param portVariable what an operator has to change when the port is taken
   * @param maxPacketBytes largest packet that is read
   * @param opened told of each connection before anything was read from it
   * @param closed told of each connection when it is gone
   * @param connected told of the endpoint as soon as a connection has one
   */
  MqttListener(
      Vertx vertx,
      MqttServerOptions options,
      String portVariable,
      int maxPacketBytes,
      Handler<Wire> opened,
      Handler<Wire> closed,
      BiConsumer<Wire, MqttEndpoint> connected) {
    this.options = options;
    this.portVariable = portVariable;
    this.maxPacketBytes = maxPacketBytes;
    this.opened = opened;
    this.closed = closed;
    this.context = vertx.getOrCreateContext();
    this.server =
        MqttServer.create(LendingNetServer.lending((VertxInternal) vertx, this::open), options);
    server.exceptionHandler(failure -> log.debug("MQTT: {}", failure.toString()));
    server.endpointHandler(
        endpoint -> {
          Wire wire = connecting;
          wire.connected(endpoint);
          connected.accept(wire, endpoint);
        });
  }

  /** Fails with the remedy when the port is taken. */
  Future<Void> listen() {
    return server
        .listen()
        .recover(
            failure ->
                Future.failedFuture(failure instanceof BindException ? taken(failure) : failure))
        .mapEmpty();
  }

  private IllegalStateException taken(Throwable failure) {
    return new IllegalStateException(
        "MQTT cannot listen on "
            + options.getHost()
            + ":"
            + options.getPort()
            + " ("
            + failure.getMessage()
            + "): choose another port with "
            + portVariable,
        failure);
  }

  /** The port it listens on, once it does. */
  int port() {
    return server.actualPort();
  }

  Future<Void> close() {
    return server.close();
  }

  private void open(NetSocketInternal socket) {
    Wire wire = new Wire(socket, context, closed);
    ChannelPipeline pipeline = socket.channelHandlerContext().pipeline();
    pipeline.addBefore(
        "mqttDecoder",
        "packetSize",
        new PacketSizeGuard(
            maxPacketBytes, () -> wire.end(MqttDisconnectReasonCode.PACKET_TOO_LARGE)));
    pipeline.addBefore("handler", "packetGate", new PacketGate(wire, it -> connecting = it));
    opened.handle(wire);
  }
}
