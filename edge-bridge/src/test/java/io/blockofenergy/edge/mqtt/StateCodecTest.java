package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.edge.mqtt.StateCodec.SessionRecord;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateCodecTest {
  @Test
  void bringsBackAMessageWithAllItsProperties() throws IOException {
    MqttProperties sent = new MqttProperties();
    sent.add(new IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
    sent.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, -1));
    sent.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS, 7));
    sent.add(new StringProperty(MqttProperties.CONTENT_TYPE, "text/ü"));
    sent.add(new StringProperty(MqttProperties.RESPONSE_TOPIC, "answer/here"));
    sent.add(new BinaryProperty(MqttProperties.CORRELATION_DATA, new byte[] {0, -1}));
    sent.add(new UserProperty("a", "1"));
    sent.add(new UserProperty("a", "2"));
    Message message = Message.of("t/€", new byte[] {1, 2}, 2, true, sent, 1000);
    assertThat(message.expiresAt()).isEqualTo(1000 + 1000 * 0xffff_ffffL);

    Message again = StateCodec.message(StateCodec.encode(message));

    assertThat(again.topic()).isEqualTo("t/€");
    assertThat(again.payload()).containsExactly(1, 2);
    assertThat(again.qos()).isEqualTo(2);
    assertThat(again.retain()).isTrue();
    assertThat(again.expiresAt()).isEqualTo(message.expiresAt());
    assertThat(again.properties().getProperty(MqttProperties.TOPIC_ALIAS)).isNull();
    assertThat(again.properties().listAll()).hasSize(5);
    assertThat(again.properties().listAll().toString())
        .isEqualTo(message.properties().listAll().toString());
    assertThat(
            ((BinaryProperty) again.properties().getProperty(MqttProperties.CORRELATION_DATA))
                .value())
        .containsExactly(0, -1);
  }

  @Test
  void bringsBackDeliveriesReceivedOrNot() throws IOException {
    Message message =
        new Message("t", new byte[0], 2, false, MqttProperties.NO_PROPERTIES, Message.NEVER);
    Delivery delivery = new Delivery(7, message, 2, true, List.of(1, 268_435_455), 65_535);
    Delivery again = StateCodec.delivery(7, StateCodec.encode(delivery));
    assertThat(again.packetId).isEqualTo(65_535);
    assertThat(again.identifiers).containsExactly(1, 268_435_455);
    assertThat(again.message().topic()).isEqualTo("t");
    assertThat(again.wasSentBefore()).isTrue();
    delivery.received();
    assertThat(StateCodec.delivery(7, StateCodec.encode(delivery)).isReceived()).isTrue();
  }

  @Test
  void bringsBackSessionsAndSubscriptions() throws IOException {
    SessionRecord session = new SessionRecord("user", 5, 6);
    assertThat(StateCodec.session(StateCodec.encode(session))).isEqualTo(session);
    Subscription subscription =
        new Subscription(TopicFilter.parse("a/+/#").orElseThrow(), 1, true, false, 9);
    assertThat(StateCodec.subscription(StateCodec.encode(subscription))).isEqualTo(subscription);
  }

  @Test
  void refusesWhatItDidNotWrite() {
    byte[] whole =
        StateCodec.encode(new Message("t", new byte[9], 1, false, MqttProperties.NO_PROPERTIES, 1));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> StateCodec.message(part)).isInstanceOf(IOException.class);
    }
    whole[0] = 9;
    assertThatThrownBy(() -> StateCodec.message(whole)).hasMessageContaining("version");
  }
}
