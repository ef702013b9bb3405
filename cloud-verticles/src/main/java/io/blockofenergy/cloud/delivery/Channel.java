package io.blockofenergy.cloud.delivery;

import io.vertx.core.Future;

/** A way to whom it concerns. Called on one event loop, one message at a time. */
public interface Channel {
  /** {@code webhook} or {@code mail}: names the channel in the outbox and in metrics. */
  String name();

  /**
   * Succeeds once the receiver has taken the message over. After a failure the same message is sent
   * again, so a receiver may get it twice when only the answer was lost. Not after a {@link
   * RefusedException}.
   */
  Future<Void> send(Message message);

  Future<Void> close();
}
