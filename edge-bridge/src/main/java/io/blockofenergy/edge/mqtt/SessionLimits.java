package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.Settings;
import java.time.Duration;

/**
 * What clients may leave with the server.
 *
 * @param maxSessions sessions that outlive their connection, whether it is there or not
 * @param maxExpiry how long one is kept at most
 * @param maxSubscriptions of one client
 * @param maxSubscriptionBytes what all subscriptions take together
 * @param maxQueuedMessages messages that wait for one client
 * @param maxQueuedBytes bytes that wait for one client
 * @param maxQueuedBytesOfAll bytes that wait for all clients together
 * @param maxRetainedMessages topics with a retained message
 * @param maxRetainedBytes all retained messages together
 */
public record SessionLimits(
    int maxSessions,
    Duration maxExpiry,
    int maxSubscriptions,
    long maxSubscriptionBytes,
    int maxQueuedMessages,
    long maxQueuedBytes,
    long maxQueuedBytesOfAll,
    int maxRetainedMessages,
    long maxRetainedBytes) {

  /** Each message that waits has a packet id of its own, of 65,535. */
  private static final int MOST_QUEUED = 60_000;

  static SessionLimits from(Settings settings) {
    return new SessionLimits(
        settings.integer(
            "mqtt.sessions.maxCount", 1000, 0, 100_000, "sessions that outlive their connection"),
        settings.duration(
            "mqtt.sessions.maxExpiry",
            "1d",
            Duration.ZERO,
            Duration.ofDays(3650),
            "how long a session is kept for a client that is away"),
        settings.integer(
            "mqtt.sessions.maxSubscriptions", 10_000, 1, 100_000, "subscriptions of one client"),
        settings.size(
            "mqtt.sessions.maxSubscriptionBytes",
            "16MiB",
            1 << 18,
            1L << 32,
            "memory that all subscriptions take together"),
        settings.integer(
            "mqtt.sessions.maxQueuedMessages",
            1000,
            1,
            MOST_QUEUED,
            "messages that may wait for one subscriber"),
        settings.size(
            "mqtt.sessions.maxQueuedBytes",
            "1MiB",
            1 << 18,
            1 << 30,
            "bytes that may wait for one subscriber"),
        settings.size(
            "mqtt.sessions.maxQueuedBytesOfAll",
            "16MiB",
            1 << 18,
            1L << 32,
            "bytes that may wait for all subscribers together"),
        settings.integer(
            "mqtt.retained.maxMessages", 10_000, 0, 1_000_000, "topics with a retained message"),
        settings.size(
            "mqtt.retained.maxBytes", "8MiB", 0, 1L << 32, "all retained messages together"));
  }
}
