package io.blockofenergy.cloud.local;

import io.blockofenergy.cloud.local.LocalHub.Refusal;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.MqttSubscribeMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device's connection to the local hub's message service. Lives on one event loop. Acknowledges
 * in the order of arrival, as MQTT 3.1.1 section 4.6 asks.
 */
final class LocalHubConnection {
  private static final Logger LOG = LoggerFactory.getLogger(LocalHubConnection.class);

  /** What a message takes beside its texts, roughly. */
  private static final int OVERHEAD_BYTES = 256;

  /** A message that the device waits for. */
  private static final class Pending {
    final int packetId;
    final int bytes;
    final boolean acknowledge;
    boolean durable;

    Pending(int packetId, int bytes, boolean acknowledge) {
      this.packetId = packetId;
      this.bytes = bytes;
      this.acknowledge = acknowledge;
    }
  }

  private final Context context;
  private final MqttEndpoint endpoint;
  private final String deviceId;
  private final HubConfig config;
  private final HubEvents events;
  private final LocalHub.Refused refused;
  private final Counter messages;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private long pendingBytes;
  private boolean closed;

  LocalHubConnection(
      Context context,
      MqttEndpoint endpoint,
      String deviceId,
      HubConfig config,
      HubEvents events,
      MeterRegistry registry,
      LocalHub.Refused refused) {
    this.context = context;
    this.endpoint = endpoint;
    this.deviceId = deviceId;
    this.config = config;
    this.events = events;
    this.refused = refused;
    messages = registry.counter("boe.hub.messages");
  }

  /** Sets the connection up; it is then to be accepted, if it is not yet. */
  void serve() {
    endpoint.publishAutoAck(false);
    endpoint.exceptionHandler(
        e -> {
          if (e instanceof DecoderException) {
            refuse(Refusal.TOO_LARGE, "a packet is not MQTT or too large");
          }
        });
    endpoint.publishHandler(this::published);
    // Subscriptions for cloud-to-device messages and methods are granted; none are ever sent.
    endpoint.subscribeHandler(this::subscribed);
    endpoint.unsubscribeHandler(
        unsubscribe -> endpoint.unsubscribeAcknowledge(unsubscribe.messageId()));
  }

  /** May be called on any thread. */
  void close() {
    context.runOnContext(now -> closeHere());
  }

  /** The endpoint is gone; what is still being written must not be acknowledged to it. */
  void closed() {
    closed = true;
    pending.clear();
  }

  void subscribed(MqttSubscribeMessage subscribe) {
    endpoint.subscribeAcknowledge(
        subscribe.messageId(),
        subscribe.topicSubscriptions().stream()
            .map(
                topic ->
                    topic.qualityOfService() == MqttQoS.AT_MOST_ONCE
                        ? MqttQoS.AT_MOST_ONCE
                        : MqttQoS.AT_LEAST_ONCE)
            .toList());
  }

  private void published(MqttPublishMessage message) {
    if (closed) {
      return;
    }
    LocalHubTopic topic;
    try {
      if (message.qosLevel() == MqttQoS.EXACTLY_ONCE) {
        throw new MalformedReadingException("IoT Hub has no QoS 2");
      }
      topic = LocalHubTopic.parse(deviceId, message.topicName());
    } catch (MalformedReadingException e) {
      refuse(Refusal.MALFORMED, e.getMessage());
      return;
    }
    Buffer body = message.payload();
    Pending waiting =
        new Pending(
            message.messageId(),
            body.length() + message.topicName().length() + OVERHEAD_BYTES,
            message.qosLevel() == MqttQoS.AT_LEAST_ONCE);
    if (pending.size() >= config.maxUnacknowledgedMessages()
        || pendingBytes + waiting.bytes > config.maxUnacknowledgedBytes()) {
      refuse(Refusal.OVERLOAD, "too much is unacknowledged");
      return;
    }
    pending.add(waiting);
    pendingBytes += waiting.bytes;
    events
        .publish(
            deviceId,
            topic.applicationProperties(),
            topic.messageId(),
            topic.contentType(),
            topic.contentEncoding(),
            body)
        .onComplete(
            result ->
                context.runOnContext(
                    now -> {
                      if (result.succeeded()) {
                        waiting.durable = true;
                        acknowledge();
                      } else if (!closed) {
                        LOG.warn(
                            "device {} is disconnected, for its message could not be kept: {}",
                            deviceId,
                            result.cause().toString());
                        closeHere();
                      }
                    }));
  }

  private void acknowledge() {
    while (!closed && !pending.isEmpty() && pending.peek().durable) {
      Pending first = pending.remove();
      pendingBytes -= first.bytes;
      messages.increment();
      if (first.acknowledge) {
        endpoint.publishAcknowledge(first.packetId);
      }
    }
  }

  private void refuse(Refusal refusal, String detail) {
    refused.refused(refusal, deviceId, detail);
    closeHere();
  }

  private void closeHere() {
    if (!closed) {
      closed();
      endpoint.close();
    }
  }
}
