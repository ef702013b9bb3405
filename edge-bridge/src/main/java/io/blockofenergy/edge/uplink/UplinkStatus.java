package io.blockofenergy.edge.uplink;

import io.blockofenergy.telemetry.EnumCounters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
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
  private final EnumCounters<Batches> batches;
  private final EnumCounters<Connections> connections;
  private final EnumCounters<Registrations> registrations;
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
    batches =
        counters(
            registry, Batches.class, "batches", "batches given to the hub, and those that it has");
    connections =
        counters(
            registry,
            Connections.class,
            "connections",
            "sessions with the hub, and how they ended");
    registrations =
        counters(registry, Registrations.class, "registrations", "registrations with DPS");
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

  void count(Batches outcome) {
    batches.increment(outcome);
  }

  void count(Connections outcome) {
    connections.increment(outcome);
  }

  void count(Registrations outcome) {
    registrations.increment(outcome);
  }

  private static <E extends Enum<E>> EnumCounters<E> counters(
      MeterRegistry registry, Class<E> kind, String what, String description) {
    return new EnumCounters<>(
        registry, kind, "boe.edge.uplink." + what, description, "outcome", Tags.empty());
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
