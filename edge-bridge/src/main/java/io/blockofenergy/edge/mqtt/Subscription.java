package io.blockofenergy.edge.mqtt;

/**
 * One subscription with its options (MQTT 5, 3.8.3.1).
 *
 * @param qos highest QoS at which messages are delivered
 * @param noLocal whether the subscriber's own messages are left out
 * @param retainAsPublished whether messages keep the retain flag with which they were published
 * @param identifier what the subscriber calls it, 0 for nothing
 */
record Subscription(
    TopicFilter filter, int qos, boolean noLocal, boolean retainAsPublished, int identifier) {}
