package io.blockofenergy.cloud.local;

import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.cloud.topic.TopicSender;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.util.Date;
import java.util.Map;

/**
 * Puts device messages on the event stream with the annotations by which Azure IoT Hub's built-in
 * endpoint tells who sent them and when ("IoT Hub message format" in its documentation).
 */
public final class BrokerHubEvents implements HubEvents {
  /** Who sent it, as the hub has authenticated them. */
  public static final String DEVICE_ID = "iothub-connection-device-id";

  /** When the hub took it. */
  public static final String ENQUEUED_TIME = "iothub-enqueuedtime";

  private final TopicSender sender;
  private final Clock clock;

  /**
   * @param sender to the hub's event stream, started and closed by the caller
   */
  public BrokerHubEvents(TopicSender sender, Clock clock) {
    this.sender = sender;
    this.clock = clock;
  }

  /** Fails as {@link TopicSender#send} does. */
  @Override
  public Future<Void> publish(
      String deviceId,
      Map<String, String> applicationProperties,
      String messageId,
      String contentType,
      String contentEncoding,
      Buffer body) {
    return sender.send(
        new TopicMessage(
            messageId,
            contentType,
            contentEncoding,
            applicationProperties,
            Map.of(DEVICE_ID, deviceId, ENQUEUED_TIME, Date.from(clock.instant())),
            body.getBytes()));
  }
}
