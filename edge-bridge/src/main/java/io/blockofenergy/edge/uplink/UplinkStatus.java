package io.blockofenergy.edge.uplink;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the uplink is doing, for metrics and {@code /status}. Written by its worker, read by any
 * thread.
 *
 * <p>Counters: {@code boe.edge.uplink.batches} by outcome (sent, acknowledged), {@code
 * boe.edge.uplink.connections} (opened, lost, refused, throttled, unreachable), {@code
 * boe.edge.uplink.registrations} (assigned, refused, unreachable), {@code
 * boe.edge.uplink.acknowledged.readings}.
 */
final class UplinkStatus {
  private final MeterRegistry registry;
  private final Clock clock;
  private volatile boolean connected;
  private volatile String hub;
  private volatile int inFlight;
  private volatile int window;
  private volatile Instant lastAcknowledgedAt;
  private volatile String problem = "the uplink has not connected yet";
  private volatile String lastFault;
  private volatile Instant lastFaultAt;

  UplinkStatus(MeterRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
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
  }

  void window(Window now) {
    inFlight = now.size();
    window = now.limit();
  }

  void acknowledged(int readings) {
    lastAcknowledgedAt = clock.instant();
    count("batches", "acknowledged");
    registry.counter("boe.edge.uplink.acknowledged.readings").increment(readings);
  }

  /** Notes why there is no session; true when it is another reason than before. */
  boolean fault(String message) {
    boolean news = !message.equals(problem);
    problem = message;
    lastFault = message;
    lastFaultAt = clock.instant();
    return news;
  }

  void count(String what, String outcome) {
    registry.counter("boe.edge.uplink." + what, "outcome", outcome).increment();
  }

  /** Why batches do not reach the hub now; empty while connected. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /**
   * As {@code /status} shows it.
   *
   * @param oldestUnacknowledged when the oldest reading was received that the hub does not have
   */
  Map<String, Object> toMap(Optional<Instant> oldestUnacknowledged) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("connected", connected);
    map.put("hub", hub);
    map.put("inFlight", inFlight);
    map.put("window", window);
    map.put("oldestUnacknowledged", text(oldestUnacknowledged.orElse(null)));
    map.put("lastAcknowledgedAt", text(lastAcknowledgedAt));
    map.put("lastFault", lastFault);
    map.put("lastFaultAt", text(lastFaultAt));
    return map;
  }

  private static String text(Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
