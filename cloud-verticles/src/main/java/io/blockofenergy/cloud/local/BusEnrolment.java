package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;

/**
 * Asks ingestion, wherever in the cluster it runs, to pin a bridge's key: a request to {@code
 * ingestion.enrol} with {@code {"bridge", "publicKey"}}. The failure's code tells a refusal (403)
 * from a fault that may pass (503, or nobody there), which becomes an {@link UnavailableException}.
 */
public final class BusEnrolment implements Enrolment {
  private static final String ADDRESS = "ingestion.enrol";
  private static final int REFUSED = 403;
  private static final long TIMEOUT_MS = 10_000;

  private final Vertx vertx;

  public BusEnrolment(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Future<Void> enrol(String bridge, String publicKey) {
    return vertx
        .eventBus()
        .request(
            ADDRESS,
            new JsonObject().put("bridge", bridge).put("publicKey", publicKey),
            new DeliveryOptions().setSendTimeout(TIMEOUT_MS))
        .<Void>mapEmpty()
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof ReplyException reply && reply.failureCode() == REFUSED
                        ? failure
                        : new UnavailableException("the key cannot be pinned now", failure)));
  }
}
