package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.Settings;

/**
 * The embedded broker's settings. Immutable.
 *
 * @param port on loopback; 0 lets the system choose
 * @param maxMemoryBytes of messages; more of them lie in page files
 * @param maxDiskUsagePercent of the data directory's file system; beyond it nothing is taken in
 */
public record LocalBrokerConfig(int port, long maxMemoryBytes, int maxDiskUsagePercent) {
  public static LocalBrokerConfig from(Settings s) {
    return new LocalBrokerConfig(
        s.port("amqp.port", 5672, "port of the AMQP broker, embedded or not"),
        s.size(
            "broker.maxMemory",
            "64MiB",
            8 << 20,
            8L << 30,
            "messages that the embedded broker keeps in memory; more are paged to disk"),
        s.integer(
            "broker.maxDiskUsagePercent",
            95,
            1,
            100,
            "fill level of the disk beyond which the embedded broker takes nothing in"));
  }
}
