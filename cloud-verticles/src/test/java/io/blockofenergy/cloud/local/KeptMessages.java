package io.blockofenergy.cloud.local;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The event stream, in memory: which messages it has. */
final class KeptMessages implements HubEvents {
  final Set<String> ids = ConcurrentHashMap.newKeySet();

  /** Whether messages are taken, or left without an answer. */
  volatile boolean answering = true;

  @Override
  public Future<Void> publish(
      String deviceId,
      Map<String, String> applicationProperties,
      String messageId,
      String contentType,
      String contentEncoding,
      Buffer body) {
    if (!answering) {
      return Future.future(never -> {});
    }
    ids.add(messageId);
    return Future.succeededFuture();
  }
}
