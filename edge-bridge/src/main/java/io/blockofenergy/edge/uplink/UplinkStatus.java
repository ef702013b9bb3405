package io.blockofenergy.edge.uplink;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the uplink is doing, for metrics and {@code /status}. Written by its worker, read by any
 * thread.
 */
final class UplinkStatus {
  /** What happened; the tag {@code outcome}. */
  enum Batches {
    SENT,
    ACKNOWLEDGED
  }

  enum Connections {
    OPENED,
    LOST,
    REFUSED,
    THROTTLED,
    UNREACHABLE
  }

  enum Registrations {
    ASSIGNED,
    REFUSED,
    UNREACHABLE
  }

  private final Clock clock;
  private final Map<Enum<?>, Counter> counters = new HashMap<>();
  private final Counter readings;
  private volatile boolean connected;
  private volatile String hub;
  private volatile int inFlight;
  private volatile int window;
  private volatile Instant lastAcknowledgedAt;
  private volatile String problem = "the uplink has not connected yet";
  private volatile String lastFault;
  private volatile Instant lastFaultAt;

  UplinkStatus(MeterRegistry registry, Clock clock) {
    this.clock = clock;
    register(
        registry, "batches", "batches given to the hub, and those that it has", Batches.values());
    register(
        registry, "connections", "sessions with the hub, and how they ended", Connections.values());
    register(registry, "registrations", "registrations with DPS", Registrations.values());
    readings =
        Counter.builder("boe.edge.uplink.acknowledged.readings")
            .description("readings that the hub has acknowledged")
            .register(registry);
    Gauge.builder("boe.edge.uplink.connected", this, status -> status.connected ? 1 : 0)
        .description("1 while there is a session with the hub")
        .register(registry);
    Gauge.builder("boe.edge.uplink.inflight", this, status -> status.inFlight)
        .description("batches on their way to the hub")
        .register(registry);
    Gauge.builder("boe.edge.uplink.window", this, status -> status.window)
        .description("batches that may be on their way: fewer when the hub acknowledges late")
        .register(registry);
  }

  void assigned(String toHub) {
    hub = toHub;
  }

  void connected() {
    connected = true;
    problem = null;
  }

  void disconnected() {
    connected = false;
    inFlight = 0;
    problem = "the connection was lost";
  }

  void window(Window now) {
    inFlight = now.size();
    window = now.limit();
  }

  void acknowledged(int count) {
    lastAcknowledgedAt = clock.instant();
    count(Batches.ACKNOWLEDGED);
    readings.increment(count);
  }

  /** Notes why there is no session; true when it is another reason than before. */
  boolean fault(String message) {
    boolean news = !message.equals(problem);
    problem = message;
    lastFault = message;
    lastFaultAt = clock.instant();
    return news;
  }

  void count(Enum<?> outcome) {
    counters.get(outcome).increment();
  }

  /** All outcomes at once, so that one that has not happened shows as zero. */
  private void register(
      MeterRegistry registry, String what, String description, Enum<?>... outcomes) {
    for (Enum<?> outcome : outcomes) {
      counters.put(
          outcome,
          Counter.builder("boe.edge.uplink." + what)
              .description(description)
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  /** Why batches do not reach the hub now; empty while connected. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** As {@code /status} shows it. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("connected", connected);
    map.put("hub", hub);
    map.put("inFlight", inFlight);
    map.put("window", window);
    map.put("lastAcknowledgedAt", text(lastAcknowledgedAt));
    map.put("lastFault", lastFault);
    map.put("lastFaultAt", text(lastFaultAt));
    return map;
  }

  private static String text(Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
