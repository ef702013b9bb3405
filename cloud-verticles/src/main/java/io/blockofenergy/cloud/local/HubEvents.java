package io.blockofenergy.cloud.local;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/** Where the local hub puts device messages; completes when durable. */
public interface HubEvents {
  Future<Void> publish(
      String deviceId,
      Map<String, String> applicationProperties,
      String messageId,
      String contentType,
      String contentEncoding,
      Buffer body);
}
