package io.blockofenergy.cloud.topic;

/** The AMQP addresses of the pipeline, named as Azure Service Bus and IoT Hub name theirs. */
public final class Addresses {
  /** Device messages, as the hub hands them out. */
  public static final String HUB_EVENTS = "messages/events";

  /** Checked batches; every subscription gets each of them. */
  public static final String TELEMETRY_TOPIC = "telemetry-topic";

  public static final String STORAGE = TELEMETRY_TOPIC + "/Subscriptions/storage";
  public static final String LEDGER = TELEMETRY_TOPIC + "/Subscriptions/ledger";

  /** Device messages that ingestion refused, whole, with the reason. */
  public static final String INGESTION_DEAD_LETTERS = "ingestion-dead-letters";

  private Addresses() {}

  /** Where a subscription's messages go that were rejected, or failed too often. */
  public static String deadLetterQueue(String subscription) {
    return subscription + "/$DeadLetterQueue";
  }
}
