package io.blockofenergy.cloud.audit.alert;

import io.vertx.core.Future;

/** A way to whom it concerns. Called on one event loop, one alert at a time. */
interface AlertChannel {
  /** {@code webhook} or {@code mail}: names the channel in the outbox and in metrics. */
  String name();

  /**
   * Succeeds once the receiver has taken the alert over. After a failure the same alert is sent
   * again, so a receiver may get it twice when only the answer was lost. Not after a {@link
   * RefusedException}.
   */
  Future<Void> send(Alert alert);

  Future<Void> close();
}
