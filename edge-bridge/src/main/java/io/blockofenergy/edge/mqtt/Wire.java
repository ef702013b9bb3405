package io.blockofenergy.edge.mqtt;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TCP connection under one of vertx-mqtt's endpoints: pauses its reading, collects what is
 * written into few system calls, and ends it in order. Used on one event loop.
 */
final class Wire {
  /** Why nothing is read from a client for a while. */
  enum Pause {
    /** Its password is being verified. */
    AUTHENTICATING,
    /** It has sent more than may wait for acknowledgement. */
    UNACKNOWLEDGED,
    /** Its reading would be refused, because the journal is full. */
    JOURNAL_FULL,
    /** It publishes more often than it may. */
    RATE,
    /** It does not read its answers. */
    ANSWERS,
    /** Its subscriptions wait for the disk. */
    SUBSCRIBING
  }

  private static final Logger log = LoggerFactory.getLogger(Wire.class);

  /** Answers are a few bytes each; a client that leaves so many unread is not listening. */
  private static final int MAX_UNREAD_BYTES = 256 << 10;

  /** A socket that is closed while input is unread takes back what was written last. */
  private static final long LINGER_MILLIS = 1000;

  private final NetSocketInternal socket;
  private final ChannelHandlerContext channel;
  private final Context context;
  private final Handler<Wire> gone;
  private final Set<Pause> pauses = EnumSet.noneOf(Pause.class);
  private MqttEndpoint endpoint;
  private Handler<Void> closeHandler = ignored -> {};
  private Handler<Void> writableHandler = ignored -> {};
  private String assignedClientId;
  private long readNanos = System.nanoTime();
  private boolean flushing;
  private boolean ended;

  /**
   * @param gone told when the connection is gone, after {@link #closeHandler}
   */
  Wire(NetSocketInternal socket, Context context, Handler<Wire> gone) {
    this.gone = gone;
    this.socket = socket;
    this.channel = socket.channelHandlerContext();
    this.context = context;
  }

  /** What is called when the connection is gone, once, however it went. */
  void closeHandler(Handler<Void> handler) {
    closeHandler = handler;
  }

  /** What is called when {@link #isWritable()} has become true again. */
  void writableHandler(Handler<Void> handler) {
    writableHandler = handler;
  }

  void connected(MqttEndpoint endpoint) {
    this.endpoint = endpoint;
    if (endpoint.keepAliveTimeSeconds() > 0) {
      // The timer of vertx-mqtt takes a client that is not read from for a silent one.
      channel.pipeline().remove("idle");
      channel.pipeline().remove("keepAliveHandler");
    }
  }

  /** Whether the client has said CONNECT, be it let in or not. */
  boolean hasSaidConnect() {
    return endpoint != null;
  }

  boolean isConnected() {
    return endpoint != null && endpoint.isConnected() && !ended;
  }

  boolean isMqtt5() {
    return endpoint != null && endpoint.protocolVersion() == MqttVersion.MQTT_5.protocolLevel();
  }

  void assignClientId(String id) {
    assignedClientId = id;
  }

  /** The id that a client without one was given; null for one that has brought its own. */
  String assignedClientId() {
    return assignedClientId;
  }

  /** Notes that a packet has come. */
  void read() {
    readNanos = System.nanoTime();
  }

  /** How long the client has sent nothing, though it was listened to. */
  long silentNanos() {
    return pauses.isEmpty() ? System.nanoTime() - readNanos : 0;
  }

  /** Stops reading; packets that were read already wait. */
  void pause(Pause reason) {
    if (pauses.isEmpty() && !ended) {
      socket.pause();
      // Vert.x would go on until it has all that the system holds, in small packets a lot.
      channel.channel().config().setAutoRead(false);
    }
    pauses.add(reason);
  }

  /** Reads again, unless there is another reason not to. */
  void resume(Pause reason) {
    if (pauses.remove(reason) && pauses.isEmpty()) {
      read();
      readAgain();
    }
  }

  private void readAgain() {
    socket.resume(); // handles what waits, which may be reason to pause again
    if (pauses.isEmpty()) {
      channel.channel().config().setAutoRead(true);
    }
  }

  boolean isPausedFor(Pause reason) {
    return pauses.contains(reason);
  }

  boolean isPaused() {
    return !pauses.isEmpty();
  }

  boolean isWritable() {
    return channel.channel().isWritable();
  }

  /** Writes; what is written in one turn of the event loop leaves together. */
  void write(MqttMessage message) {
    if (ended || !channel.channel().isActive()) {
      ReferenceCountUtil.release(message);
      return;
    }
    channel.write(message);
    if (!flushing) {
      flushing = true;
      context.runOnContext(
          now -> {
            flushing = false;
            channel.flush();
          });
    }
    if (!isWritable() && channel.channel().bytesBeforeWritable() > MAX_UNREAD_BYTES) {
      pause(Pause.ANSWERS);
    }
  }

  /** To be called when the channel's buffer has crossed its mark, in either direction. */
  void writabilityChanged() {
    if (isWritable()) {
      context.runOnContext(
          now -> {
            resume(Pause.ANSWERS);
            writableHandler.handle(null);
          });
    }
  }

  /** Ends the connection; a client of MQTT 5 is told why. */
  void end(MqttDisconnectReasonCode reason) {
    if (ended) {
      return;
    }
    if (endpoint != null) {
      log.debug("Client {}: disconnected, {}", endpoint.clientIdentifier(), reason);
    }
    if (!isConnected() || !isMqtt5()) {
      ended = true;
      discardInput();
      channel.flush();
      channel.close();
      return;
    }
    channel.writeAndFlush(disconnect(reason));
    ended = true;
    discardInput();
    channel.executor().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Closes it without a word. */
  void close() {
    channel.close();
  }

  private static MqttMessage disconnect(MqttDisconnectReasonCode reason) {
    return new MqttMessage(
        new MqttFixedHeader(MqttMessageType.DISCONNECT, false, MqttQoS.AT_MOST_ONCE, false, 0),
        new MqttReasonCodeAndPropertiesVariableHeader(
            reason.value(), MqttProperties.NO_PROPERTIES));
  }

  /** The packet that was just read is the last that counts; those before it may still wait. */
  void readNoMore() {
    ended = true;
  }

  /** Nothing that has come or will come is for anybody. */
  void ignoreInput() {
    ended = true;
    discardInput();
  }

  boolean hasEnded() {
    return ended;
  }

  /** To be called when the channel is gone. */
  void closed() {
    ended = true;
    discardInput();
    context.runOnContext(
        now -> {
          closeHandler.handle(null);
          gone.handle(this);
        });
  }

  /** What waits because of a pause holds buffers. */
  private void discardInput() {
    socket.messageHandler(ReferenceCountUtil::release);
    pauses.clear();
    readAgain();
  }
}
