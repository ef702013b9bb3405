package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shows stored readings on the event bus, address {@value #ADDRESS}: those measured in the last
 * quarter of an hour, and of older ones the newest of each device, so that a back-fill does not
 * flood the page and a device is seen whatever time its readings carry. What comes alone is shown
 * at once. Between two messages are at least 50 ms, and 200 ms after one of 100 readings or more; a
 * message has 500 at most. When there are more, the oldest are not shown; the store has them. Safe
 * for any thread.
 */
public final class LiveReadings {
  public static final String ADDRESS = "live.readings";

  /** Devices whose newest reading is remembered; the least recently seen are forgotten first. */
  private static final int MAX_DEVICES = 10_000;

  private static final int MAX_READINGS = 500;

  /**
   * Short, for it may stand between a sensor and the screen; every browser pays for each message.
   */
  private static final long LEAST_REST_MILLISECONDS = 50;

  private static final long MOST_REST_MILLISECONDS = 200;

  private static final Duration RECENT = Duration.ofMinutes(15);

  private final Vertx vertx;
  private final Clock clock;
  private final Map<String, Instant> shown =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
          return size() > MAX_DEVICES;
        }
      };
  private final Deque<Reading> waiting = new ArrayDeque<>();

  /** Whether the last message is too recent for another. */
  private boolean resting;

  public LiveReadings(Vertx vertx, Clock clock) {
    this.vertx = vertx;
    this.clock = clock;
  }

  /**
   * @param readings of one batch, just stored
   */
  public synchronized void offer(Collection<Reading> readings) {
    Instant recent = clock.instant().minus(RECENT);
    Map<String, Reading> newest = new HashMap<>();
    for (Reading reading : readings) {
      newest.merge(
          reading.device(), reading, (a, b) -> b.measuredAt().isBefore(a.measuredAt()) ? a : b);
    }
    for (Reading reading : readings) {
      if (reading.measuredAt().isAfter(recent)
          || newest.get(reading.device()) == reading && isNewsOf(reading)) {
        if (waiting.size() == MAX_READINGS) {
          waiting.removeFirst();
        }
        waiting.addLast(reading);
      }
    }
    for (Reading reading : newest.values()) {
      if (isNewsOf(reading)) {
        shown.put(reading.device(), reading.measuredAt());
      }
    }
    if (!resting) {
      publish();
    }
  }

  private synchronized void rested() {
    resting = false;
    publish();
  }

  private boolean isNewsOf(Reading reading) {
    Instant before = shown.get(reading.device());
    return before == null || !reading.measuredAt().isBefore(before);
  }

  private void publish() {
    if (waiting.isEmpty()) {
      return;
    }
    resting = true;
    vertx.setTimer(
        Math.min(MOST_REST_MILLISECONDS, LEAST_REST_MILLISECONDS + waiting.size() * 3 / 2),
        timer -> rested());
    JsonArray readings = new JsonArray();
    for (Reading reading : waiting) {
      JsonObject quantities = new JsonObject();
      reading.quantities().forEach(quantities::put);
      readings.add(
          new JsonObject()
              .put("id", reading.id())
              .put("device", reading.device())
              .put("site", reading.site())
              .put("measuredAt", Reading.format(reading.measuredAt()))
              .put("quantities", quantities));
    }
    waiting.clear();
    vertx.eventBus().publish(ADDRESS, new JsonObject().put("readings", readings));
  }
}
