package io.blockofenergy.edge.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.vertx.mqtt.messages.MqttPublishMessage;
import java.util.Optional;

/** The short names that a publisher has given its topics (MQTT 5, 3.3.2.3.4). */
final class TopicAliases {
  /** What an MQTT 5 client is told as topic alias maximum. */
  static final int MAXIMUM = 32;

  /** What all aliased topics of a connection take; short topics are what aliases are for. */
  private static final int MAX_CHARACTERS = 8192;

  private final String[] topics = new String[MAXIMUM + 1];
  private int characters;

  /** The message's topic; empty when its alias is unknown or one too much. */
  Optional<String> topic(MqttPublishMessage message) {
    String topic = message.topicName();
    if (message.properties().getProperty(MqttProperties.TOPIC_ALIAS)
        instanceof IntegerProperty alias) {
      int number = alias.value();
      if (number < 1 || number > MAXIMUM) {
        return Optional.empty();
      }
      if (topic.isEmpty()) {
        return Optional.ofNullable(topics[number]);
      }
      characters += topic.length() - (topics[number] == null ? 0 : topics[number].length());
      topics[number] = topic;
      if (characters > MAX_CHARACTERS) {
        return Optional.empty();
      }
    }
    return topic.isEmpty() ? Optional.empty() : Optional.of(topic);
  }
}
