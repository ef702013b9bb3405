package io.blockofenergy.cloud.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalHubTopicTest {
  private static final String EVENTS = "devices/b1/messages/events/";

  @Test
  void systemAndApplicationPropertiesAreToldApart() {
    LocalHubTopic topic =
        LocalHubTopic.parse(
            "b1",
            EVENTS
                + "$.mid=b1.00aa.1&$.ct=application%2Fx-ndjson&$.ce=gzip&$.cid=x&count=7&a%20b=");
    assertThat(topic.messageId()).isEqualTo("b1.00aa.1");
    assertThat(topic.contentType()).isEqualTo("application/x-ndjson");
    assertThat(topic.contentEncoding()).isEqualTo("gzip");
    assertThat(topic.applicationProperties()).isEqualTo(Map.of("count", "7", "a b", ""));
  }

  @Test
  void aSystemPropertyMayBePercentEncodedWhole() {
    assertThat(LocalHubTopic.parse("b1", EVENTS + "%24.mid=x").messageId()).isEqualTo("x");
  }

  @Test
  void aMessageMayHaveNoProperties() {
    LocalHubTopic topic = LocalHubTopic.parse("b1", EVENTS);
    assertThat(topic.messageId()).isNull();
    assertThat(topic.contentType()).isNull();
    assertThat(topic.applicationProperties()).isEmpty();
  }

  @Test
  void plusEqualsAndTextBeyondAsciiSurvive() {
    LocalHubTopic topic =
        LocalHubTopic.parse("b1", EVENTS + "signature=a+b%2Fc==&n=%C3%A9%26%3D%25");
    assertThat(topic.applicationProperties())
        .isEqualTo(Map.of("signature", "a+b/c==", "n", "\u00e9&=%"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "devices/b2/messages/events/",
        "devices/b1/messages/devicebound/",
        "devices/b1/messages/events",
        "$iothub/twin/PATCH/properties/reported/?$rid=1",
        EVENTS + "a=%",
        EVENTS + "a=%4",
        EVENTS + "a=%zz",
        EVENTS + "a=%C3",
        EVENTS + "=1",
        EVENTS + "a=1&&b=2",
        EVENTS + "a=1&a=2",
        EVENTS + "$.mid=1&%24.mid=2",
      })
  void whatIsNoTopicOfTheDeviceOrCannotBeReadIsRefused(String topic) {
    assertThatThrownBy(() -> LocalHubTopic.parse("b1", topic))
        .isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void tooManyPropertiesAreRefused() {
    StringBuilder topic = new StringBuilder(EVENTS);
    for (int i = 0; i <= 100; i++) {
      topic.append(i == 0 ? "" : "&").append('p').append(i).append("=1");
    }
    assertThatThrownBy(() -> LocalHubTopic.parse("b1", topic.toString()))
        .isInstanceOf(MalformedReadingException.class);
  }
}
