package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessListTest {
  private final MqttUser sensor =
      new MqttUser(
          "sensor",
          PasswordHash.ofNobody(1),
          List.of("tele/%c/#", "stat/%u/+"),
          List.of("cmnd/%c/#"));

  @Test
  void letsASensorPublishAsItselfOnly() {
    AccessList list = AccessList.of(sensor, "plug7");
    assertThat(list.mayPublish("tele/plug7/SENSOR")).isTrue();
    assertThat(list.mayPublish("stat/sensor/POWER")).isTrue();
    assertThat(list.mayPublish("tele/plug8/SENSOR")).isFalse();
    assertThat(list.mayPublish("stat/sensor/a/b")).isFalse();
    assertThat(list.maySubscribe(filter("cmnd/plug7/+"))).isTrue();
    assertThat(list.maySubscribe(filter("cmnd/+/POWER"))).isFalse();
    assertThat(list.maySubscribe(filter("#"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"+", "#", "plug7/x", "", "$SYS"})
  void givesNothingToAnIdThatWouldMeanMore(String client) {
    AccessList list = AccessList.of(sensor, client);
    assertThat(list.mayPublish("tele/plug7/SENSOR")).isFalse();
    assertThat(list.mayPublish("tele/plug7/x/SENSOR")).isFalse();
    assertThat(list.maySubscribe(filter("cmnd/plug7/x"))).isFalse();
    assertThat(list.mayPublish("stat/sensor/POWER")).isTrue();
  }

  @Test
  void allowsEverythingWithoutAList() {
    MqttUser user = new MqttUser("admin", PasswordHash.ofNobody(1), List.of(), List.of());
    AccessList list = AccessList.of(user, "any/thing");
    assertThat(list.mayPublish("$x/y")).isTrue();
    assertThat(list.maySubscribe(filter("#"))).isTrue();
    assertThat(AccessList.EVERYTHING.maySubscribe(filter("$SYS/#"))).isTrue();
  }

  private static TopicFilter filter(String text) {
    return TopicFilter.parse(text).orElseThrow();
  }
}
