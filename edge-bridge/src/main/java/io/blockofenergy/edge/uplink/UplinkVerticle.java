package io.blockofenergy.edge.uplink;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Starts the uplink with the bridge, and closes it with it. */
public final class UplinkVerticle extends VerticleBase {
  private final Uplink uplink;

  public UplinkVerticle(Uplink uplink) {
    this.uplink = uplink;
  }

  @Override
  public Future<?> start() {
    uplink.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return vertx.executeBlocking(
        () -> {
          uplink.close();
          return null;
        });
  }
}
