package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.mqtt.MqttMetrics.Denial;
import io.blockofenergy.edge.mqtt.Wire.Pause;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import io.vertx.core.Future;
import io.vertx.mqtt.MqttTopicSubscription;
import io.vertx.mqtt.messages.MqttSubscribeMessage;
import io.vertx.mqtt.messages.MqttUnsubscribeMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttSubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttUnsubAckReasonCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one client subscribes to; acknowledged when it is as durable as the client's session. Used
 * on one event loop.
 */
final class SubscriberFlow {
  private static final String SHARED = "$share/";
  private static final int FAILURE = 0x80;

  /** Requests that may wait for the disk before the client is not read from. */
  private static final int MAX_WAITING = 16;

  private final Broker broker;
  private final Wire wire;
  private final Session session;
  private final AccessList access;
  private int waiting;

  SubscriberFlow(Broker broker, Wire wire, Session session, AccessList access) {
    this.broker = broker;
    this.wire = wire;
    this.session = session;
    this.access = access;
  }

  /** SUBSCRIBE. */
  void subscribe(MqttSubscribeMessage message) {
    int identifier = 0;
    if (message.properties().getProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER)
        instanceof IntegerProperty it) {
      identifier = it.value();
      if (identifier == 0) {
        wire.end(MqttDisconnectReasonCode.PROTOCOL_ERROR);
        return;
      }
    }
    List<Integer> reasons = new ArrayList<>();
    List<RetainedMessages.Cursor> retained = new ArrayList<>();
    for (MqttTopicSubscription wanted : message.topicSubscriptions()) {
      reasons.add(subscribe(wanted, identifier, retained));
    }
    whenDurable(
        () -> {
          wire.write(Packets.suback(message.messageId(), reasons));
          retained.forEach(session.outbox::offer);
        });
  }

  /** The reason code of one of them. */
  private int subscribe(
      MqttTopicSubscription wanted, int identifier, List<RetainedMessages.Cursor> retained) {
    String text = wanted.topicName();
    Optional<TopicFilter> filter = TopicFilter.parse(text);
    if (text.startsWith(SHARED)) {
      return failure(MqttSubAckReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
    }
    if (filter.isEmpty()) {
      return failure(MqttSubAckReasonCode.TOPIC_FILTER_INVALID);
    }
    if (!access.maySubscribe(filter.get())) {
      broker.metrics().denied(Denial.SUBSCRIBE);
      return failure(MqttSubAckReasonCode.NOT_AUTHORIZED);
    }
    if (!broker.sessions().hasRoomFor(session, filter.get())) {
      return failure(MqttSubAckReasonCode.QUOTA_EXCEEDED);
    }
    MqttSubscriptionOption options = wanted.subscriptionOption();
    boolean mqtt5 = wire.isMqtt5(); // before it these bits have no meaning
    Subscription subscription =
        new Subscription(
            filter.get(),
            wanted.qualityOfService().value(),
            mqtt5 && options.isNoLocal(),
            mqtt5 && options.isRetainAsPublished(),
            identifier);
    boolean added = broker.sessions().subscribe(session, subscription);
    RetainedHandlingPolicy handling =
        mqtt5 ? options.retainHandling() : RetainedHandlingPolicy.SEND_AT_SUBSCRIBE;
    if (handling == RetainedHandlingPolicy.SEND_AT_SUBSCRIBE
        || handling == RetainedHandlingPolicy.SEND_AT_SUBSCRIBE_IF_NOT_YET_EXISTS && added) {
      retained.add(broker.exchange().retained(subscription));
    }
    return subscription.qos();
  }

  private int failure(MqttSubAckReasonCode reason) {
    return wire.isMqtt5() ? Byte.toUnsignedInt(reason.value()) : FAILURE;
  }

  /** UNSUBSCRIBE. */
  void unsubscribe(MqttUnsubscribeMessage message) {
    List<Short> reasons = new ArrayList<>();
    for (String filter : message.topics()) {
      boolean existed = broker.sessions().unsubscribe(session, filter);
      reasons.add(
          (short)
              (existed
                      ? MqttUnsubAckReasonCode.SUCCESS
                      : MqttUnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED)
                  .value());
    }
    whenDurable(() -> wire.write(Packets.unsuback(message.messageId(), reasons)));
  }

  private void whenDurable(Runnable answer) {
    if (!session.kept) {
      answer.run();
      return;
    }
    if (++waiting >= MAX_WAITING) {
      wire.pause(Pause.SUBSCRIBING);
    }
    Future<Void> durable = broker.exchange().synced();
    durable.onComplete(
        done -> {
          waiting--;
          wire.resume(Pause.SUBSCRIBING);
          if (done.succeeded()) {
            answer.run();
          } else {
            wire.end(MqttDisconnectReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
          }
        });
  }
}
