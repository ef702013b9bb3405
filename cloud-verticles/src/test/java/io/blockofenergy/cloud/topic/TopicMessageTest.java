package io.blockofenergy.cloud.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.SigningKey;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.Test;

class TopicMessageTest {
  private final Batch batch =
      Batch.sign(
          "bridge1",
          "0a1b2c3d",
          17,
          List.of(new byte[] {1, 2, 3}),
          Batch.NO_PREV,
          SigningKey.generate());

  @Test
  void aBatchComesBackAsItWas() {
    Batch back = TopicMessage.of(encodedAndDecoded(TopicMessage.of(batch).toProton())).batch();
    assertThat(back).usingRecursiveComparison().isEqualTo(batch);
  }

  @Test
  void aMessageWithoutBridgeIsNoBatch() {
    TopicMessage message =
        new TopicMessage("id", null, null, batch.applicationProperties(), Map.of(), batch.body());
    assertThatThrownBy(message::batch).isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void aForeignMessageIsTakenWhateverItsSections() {
    Message bare = Proton.message();
    assertThat(TopicMessage.of(bare).body()).isEmpty();
    Message text = Proton.message();
    text.setBody(new AmqpValue("späßle"));
    assertThat(TopicMessage.of(text).body()).asString().isEqualTo("späßle");
  }

  private static Message encodedAndDecoded(Message message) {
    byte[] wire = new byte[4096];
    int length = message.encode(wire, 0, wire.length);
    Message decoded = Proton.message();
    decoded.decode(wire, 0, length);
    return decoded;
  }
}
