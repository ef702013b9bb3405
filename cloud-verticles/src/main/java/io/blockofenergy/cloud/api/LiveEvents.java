package io.blockofenergy.cloud.api;

import io.vertx.core.Vertx;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import java.util.List;

/** The event bus as browsers see it: four addresses, outbound only, over SockJS. */
final class LiveEvents {
  static final String READINGS = "live.readings";
  static final String CHECKPOINTS = "live.checkpoints";
  static final String AUDIT = "live.audit";
  static final String STATUS = "live.status";

  private static final int MAX_REGISTRATIONS = 16;

  /** Browsers run the timers of a page that nobody looks at once a minute. */
  private static final int PING_TIMEOUT_MS = 150_000;

  private LiveEvents() {}

  static Router router(Vertx vertx) {
    SockJSBridgeOptions options =
        new SockJSBridgeOptions()
            .setMaxHandlersPerSocket(MAX_REGISTRATIONS)
            .setPingTimeout(PING_TIMEOUT_MS);
    for (String address : List.of(READINGS, CHECKPOINTS, AUDIT, STATUS)) {
      options.addOutboundPermitted(new PermittedOptions().setAddress(address));
    }
    return SockJSHandler.create(vertx, new SockJSHandlerOptions().setRegisterWriteHandler(false))
        .bridge(options);
  }
}
