package io.blockofenergy.edge.mqtt;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

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
  private final Map<Drop, Counter> dropped;
  private final Map<Refusal, Counter> refused;
  private final Map<Denial, Counter> denied;

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
        counters(
            registry,
            Drop.class,
            "boe.edge.mqtt.dropped",
            "messages that did not reach a subscriber",
            "reason");
    refused =
        counters(
            registry,
            Refusal.class,
            "boe.edge.mqtt.refused",
            "clients that were not let in",
            "reason");
    denied =
        counters(
            registry,
            Denial.class,
            "boe.edge.mqtt.denied",
            "publishes and subscriptions that the client's user may not do",
            "action");
  }

  /** All of a kind at once, so that one that has not happened shows as zero. */
  private static <E extends Enum<E>> Map<E, Counter> counters(
      MeterRegistry registry, Class<E> kind, String name, String description, String tag) {
    Map<E, Counter> counters = new EnumMap<>(kind);
    for (E each : kind.getEnumConstants()) {
      counters.put(
          each,
          Counter.builder(name)
              .description(description)
              .tag(tag, each.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    return counters;
  }

  void delivered() {
    delivered.increment();
  }

  void dropped(Drop reason, int count) {
    dropped.get(reason).increment(count);
  }

  void refused(Refusal reason) {
    refused.get(reason).increment();
  }

  void denied(Denial action) {
    denied.get(action).increment();
  }

  void retainedRefused() {
    retainedRefused.increment();
  }

  void paused() {
    paused.increment();
  }
}
