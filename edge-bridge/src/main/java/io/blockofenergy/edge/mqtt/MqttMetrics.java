package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.EnumCounters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/** What the MQTT server counts. Safe for any thread. */
final class MqttMetrics {
  /** Why a message did not reach a subscriber; the tag {@code reason}. */
  enum Drop {
    /** Too much waited for it already. */
    QUEUE_FULL,
    /** It went away before it had taken what waited for it at QoS 0. */
    AWAY,
    /** The publisher's message expiry interval had passed. */
    EXPIRED,
    /** Larger than the subscriber's maximum packet size. */
    TOO_LARGE
  }

  /** Why a client was not let in; the tag {@code reason}. */
  enum Refusal {
    CREDENTIALS,
    NOT_AUTHORIZED,
    INVALID,
    BUSY,
    /** It did not say CONNECT in time. */
    TIMEOUT
  }

  /** What a client may not do; the tag {@code action}. */
  enum Denial {
    PUBLISH,
    SUBSCRIBE
  }

  private final Counter delivered;
  private final Counter retainedRefused;
  private final Counter paused;
  private final EnumCounters<Drop> dropped;
  private final EnumCounters<Refusal> refused;
  private final EnumCounters<Denial> denied;

  MqttMetrics(MeterRegistry registry) {
    delivered =
        Counter.builder("boe.edge.mqtt.delivered")
            .description("messages sent to subscribers")
            .register(registry);
    retainedRefused =
        Counter.builder("boe.edge.mqtt.retained.refused")
            .description("messages that were not retained for want of room")
            .register(registry);
    paused =
        Counter.builder("boe.edge.mqtt.paused")
            .description("times that reading from a client was paused")
            .register(registry);
    dropped =
        new EnumCounters<>(
            registry,
            Drop.class,
            "boe.edge.mqtt.dropped",
            "messages that did not reach a subscriber",
            "reason",
            Tags.empty());
    refused =
        new EnumCounters<>(
            registry,
            Refusal.class,
            "boe.edge.mqtt.refused",
            "clients that were not let in",
            "reason",
            Tags.empty());
    denied =
        new EnumCounters<>(
            registry,
            Denial.class,
            "boe.edge.mqtt.denied",
            "publishes and subscriptions that the client's user may not do",
            "action",
            Tags.empty());
  }

  void delivered() {
    delivered.increment();
  }

  void dropped(Drop reason, int count) {
    dropped.increment(reason, count);
  }

  void refused(Refusal reason) {
    refused.increment(reason);
  }

  void denied(Denial action) {
    denied.increment(action);
  }

  void retainedRefused() {
    retainedRefused.increment();
  }

  void paused() {
    paused.increment();
  }
}
