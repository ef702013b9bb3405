package io.blockofenergy.edge.mqtt;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the server knows of one client (MQTT 5, 4.1). A session that is kept outlives its connection
 * and the process. Used on one event loop.
 */
final class Session {
  final String client;

  /** Who has made it, empty for nobody: another user does not get it. */
  final String user;

  final boolean kept;
  final Outbox outbox;

  /** By the filter's text. */
  final Map<String, Subscription> subscriptions = new HashMap<>();

  /** Packet ids at QoS 2 that are taken and not yet released (MQTT-4.3.3-10). */
  final Set<Integer> received = new HashSet<>();

  /** How long it is kept after the connection. */
  long expirySeconds;

  /** UTC milliseconds; {@link Long#MAX_VALUE} while the client is connected. */
  long endsAt = Long.MAX_VALUE;

  /** What is to be published when the client goes without a word; null for nothing. */
  Will will;

  /**
   * UTC milliseconds; {@link Long#MAX_VALUE} while the client is connected, or there is no will.
   */
  long willDueAt = Long.MAX_VALUE;

  private MqttConnection connection;

  Session(String client, String user, boolean kept, Outbox outbox) {
    this.client = client;
    this.user = user;
    this.kept = kept;
    this.outbox = outbox;
  }

  /** Null while the client is away. */
  MqttConnection connection() {
    return connection;
  }

  void connection(MqttConnection connection) {
    this.connection = connection;
  }

  /** Whether nothing is lost with it. */
  boolean isEmpty() {
    return subscriptions.isEmpty() && received.isEmpty() && outbox.isEmpty() && will == null;
  }
}
