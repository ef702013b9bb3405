package io.blockofenergy.cloud.api;

import io.vertx.core.Vertx;
import io.vertx.ext.bridge.BridgeEventType;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The event bus as browsers see it: four addresses, outbound only, over SockJS, for so many at the
 * same time. Used on one event loop; its figures may be read on any thread.
 */
final class LiveEvents {
  static final String READINGS = "live.readings";
  static final String CHECKPOINTS = "live.checkpoints";
  static final String AUDIT = "live.audit";
  static final String STATUS = "live.status";

  private static final int MAX_REGISTRATIONS = 16;

  /** Browsers run the timers of a page that nobody looks at once a minute. */
  private static final int PING_TIMEOUT_MS = 150_000;

  private final int max;
  private final LongSupplier nanoTime;
  private final Map<SockJSSocket, LiveSocket> sockets = new HashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong cut = new AtomicLong();

  /**
   * @param max connections at the same time
   */
  LiveEvents(int max, LongSupplier nanoTime) {
    this.max = max;
    this.nanoTime = nanoTime;
  }

  Router router(Vertx vertx) {
    SockJSBridgeOptions options =
        new SockJSBridgeOptions()
            .setMaxHandlersPerSocket(MAX_REGISTRATIONS)
            .setPingTimeout(PING_TIMEOUT_MS);
    for (String address : List.of(READINGS, CHECKPOINTS, AUDIT, STATUS)) {
      options.addOutboundPermitted(new PermittedOptions().setAddress(address));
    }
    Router router =
        SockJSHandler.create(vertx, new SockJSHandlerOptions().setRegisterWriteHandler(false))
            .bridge(options, this::happened);
    Router bounded = Router.router(vertx);
    bounded.routeWithRegex(".*/(info|websocket)").handler(this::admit);
    bounded.route("/*").subRouter(router);
    return bounded;
  }

  /** How many are connected. */
  int open() {
    return open.get();
  }

  /** How many could not connect because there were too many. */
  long refused() {
    return refused.get();
  }

  /** How many were cut off because they did not read. */
  long cut() {
    return cut.get();
  }

  /** What waits for all of them; on the event loop. */
  int waitingBytes() {
    return sockets.values().stream().mapToInt(LiveSocket::waitingBytes).sum();
  }

  /** Says it before the upgrade, while there is an answer that can say it. */
  private void admit(RoutingContext context) {
    if (sockets.size() < max) {
      context.next();
      return;
    }
    refused.incrementAndGet();
    context.fail(Problem.unavailable("there are " + max + " live connections already"));
  }

  private void happened(BridgeEvent event) {
    BridgeEventType type = event.type();
    if (type == BridgeEventType.SOCKET_CREATED) {
      boolean room = sockets.size() < max; // SockJS's other transports come here first
      if (room) {
        sockets.put(event.socket(), new LiveSocket(event.socket()));
        open.set(sockets.size());
      } else {
        refused.incrementAndGet();
      }
      event.complete(room);
    } else if (type == BridgeEventType.SOCKET_CLOSED || type == BridgeEventType.SOCKET_ERROR) {
      sockets.remove(event.socket());
      open.set(sockets.size());
      event.complete(true);
    } else if (type == BridgeEventType.RECEIVE) {
      send(event);
      event.complete(false); // or the bridge would write it whatever waits already
    } else {
      event.complete(true);
    }
  }

  private void send(BridgeEvent event) {
    LiveSocket socket = sockets.get(event.socket());
    if (socket != null && !socket.send(event.getRawMessage().toBuffer(), nanoTime)) {
      cut.incrementAndGet();
    }
  }
}
