package io.blockofenergy.cloud.topic;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;

/**
 * A message handed to a {@link TopicReceiver}'s handler.
 *
 * @param message as it arrived
 * @param failures how often it was delivered before and failed; a message may come again without
 *     that being counted
 */
public record Delivery(TopicMessage message, long failures) {
  /**
   * @throws MalformedReadingException when the message is no batch
   */
  public Batch batch() {
    return message.batch();
  }
}
