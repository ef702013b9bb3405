package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.mqtt.MqttMetrics.Refusal;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttVersion;

/** Reasons to refuse a client, in the words of MQTT before version 5 and since. */
enum Rejection {
  INVALID_ID(
      Refusal.INVALID,
      MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED,
      MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID),
  INVALID_PROPERTY(
      Refusal.INVALID,
      MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
      MqttConnectReturnCode.CONNECTION_REFUSED_PROTOCOL_ERROR),
  INVALID_WILL(
      Refusal.INVALID,
      MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
      MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID),
  NO_CREDENTIALS(
      Refusal.CREDENTIALS,
      MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
      MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5),
  WRONG_CREDENTIALS(
      Refusal.CREDENTIALS,
      MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD,
      MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USERNAME_OR_PASSWORD),
  NO_SUCH_METHOD(
      Refusal.CREDENTIALS,
      MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
      MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD),
  WILL_NOT_AUTHORIZED(
      Refusal.NOT_AUTHORIZED,
      MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
      MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5),
  BUSY(
      Refusal.BUSY,
      MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
      MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY);

  private final Refusal counted;
  private final MqttConnectReturnCode before5;
  private final MqttConnectReturnCode since5;

  Rejection(Refusal counted, MqttConnectReturnCode before5, MqttConnectReturnCode since5) {
    this.counted = counted;
    this.before5 = before5;
    this.since5 = since5;
  }

  /** As what it is counted. */
  Refusal counted() {
    return counted;
  }

  MqttConnectReturnCode code(int protocolVersion) {
    return protocolVersion == MqttVersion.MQTT_5.protocolLevel() ? since5 : before5;
  }
}
