package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.vertx.core.Vertx;
import java.time.Clock;

/** What all connections share. */
record Broker(
    Vertx vertx,
    MqttConfig config,
    Intake intake,
    Sessions sessions,
    Exchange exchange,
    Wills wills,
    Backpressure backpressure,
    Clock clock,
    MqttMetrics metrics) {

  /** What the intake calls this server. */
  static final String SOURCE = "mqtt";

  /** Fixed header, topic, packet id and properties beside the payload. */
  private static final int HEADER_ALLOWANCE = 1024;

  int maxPacketBytes() {
    return maxPacketBytes(config);
  }

  static int maxPacketBytes(MqttConfig config) {
    return config.maxMessageBytes() + HEADER_ALLOWANCE;
  }
}
