package io.blockofenergy.edge.mqtt;

import io.vertx.core.Context;

/**
 * Keeps the deliveries of one subscriber at QoS 1 and 2 across a restart, if its session is kept.
 * Used on one event loop.
 */
final class DeliveryLog {
  private final String client;
  private final boolean kept;
  private final StateStore store;
  private final Context context;

  /**
   * @param kept false for a session that ends with its connection: then nothing is done here
   */
  DeliveryLog(String client, boolean kept, StateStore store, Context context) {
    this.client = client;
    this.kept = kept;
    this.store = store;
    this.context = context;
  }

  boolean isKept() {
    return kept;
  }

  /**
   * Keeps a delivery as it is now. At QoS 2 it counts as not durable until it is: what went out
   * before would go out again after a crash.
   *
   * @param then called when it has become durable, if it had to
   */
  void put(Delivery delivery, Runnable then) {
    if (!kept) {
      return;
    }
    store.put(StateKeys.delivery(client, delivery.number), StateCodec.encode(delivery));
    if (delivery.qos < 2) {
      return;
    }
    delivery.durable(false);
    store
        .sync()
        .whenComplete(
            (done, failure) ->
                context.runOnContext(
                    now -> {
                      delivery.durable(true); // better twice than never if the store is broken
                      then.run();
                    }));
  }

  void delete(Delivery delivery) {
    if (kept) {
      store.delete(StateKeys.delivery(client, delivery.number));
    }
  }
}
