package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Readings as they are stored, as server-sent events (HTML Living Standard, section 9.2): event
 * {@code reading} with the reading's id and, as data, one object of {@code live.readings}. What was
 * sent before a client came, or while it was away, is not sent again: {@code /readings} has it.
 * Used on one event loop.
 */
final class LiveStreams {
  static final int MAX_DEVICES = 100;
  private static final long PING_MS = 15_000;

  private final Vertx vertx;
  private final int max;
  private final Set<LiveStream> streams = new LinkedHashSet<>();
  private MessageConsumer<JsonObject> readings;
  private long pings = -1;

  /**
   * @param max streams at the same time
   */
  LiveStreams(Vertx vertx, int max) {
    this.vertx = vertx;
    this.max = max;
  }

  void start() {
    readings = vertx.eventBus().consumer(LiveEvents.READINGS, message -> publish(message.body()));
    pings = vertx.setPeriodic(PING_MS, timer -> ping());
  }

  /** Ends all streams. */
  void close() {
    readings.unregister();
    vertx.cancelTimer(pings);
    List.copyOf(streams).forEach(LiveStream::end);
    streams.clear();
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of("live", this::open);
  }

  private void open(RoutingContext context) {
    List<String> devices = context.queryParam("device");
    if (devices.size() > MAX_DEVICES) {
      throw Problem.badRequest("device may be given " + MAX_DEVICES + " times");
    }
    if (streams.size() >= max) {
      throw Problem.unavailable("there are " + max + " live streams already");
    }
    LiveStream stream = new LiveStream(context.response(), new HashSet<>(devices));
    streams.add(stream);
    context.response().closeHandler(closed -> streams.remove(stream));
    context.response().exceptionHandler(failed -> streams.remove(stream));
    stream.start();
  }

  private void publish(JsonObject message) {
    if (streams.isEmpty()) {
      return;
    }
    for (Object each : message.getJsonArray("readings", new JsonArray())) {
      JsonObject reading = (JsonObject) each;
      String device = reading.getString("device");
      Buffer event = null;
      for (LiveStream stream : streams) {
        if (stream.wants(device)) {
          event = event == null ? event(reading) : event;
          stream.send(event);
        }
      }
    }
  }

  /** JSON has no line breaks outside its texts, and escapes those inside; ids have none. */
  private static Buffer event(JsonObject reading) {
    return Buffer.buffer(
        "event: reading\nid: " + reading.getString("id") + "\ndata: " + reading.encode() + "\n\n");
  }

  private void ping() {
    for (LiveStream stream : new ArrayList<>(streams)) {
      if (!stream.ping()) {
        streams.remove(stream);
        stream.cut();
      }
    }
  }
}
