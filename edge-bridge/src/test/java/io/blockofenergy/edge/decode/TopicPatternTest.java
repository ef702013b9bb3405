package io.blockofenergy.edge.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPatternTest {

  @ParameterizedTest
  @CsvSource({
    // The examples of MQTT 3.1.1, section 4.7.
    "sport/tennis/player1/#, sport/tennis/player1, true",
    "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
    "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
    "sport/#, sport, true",
    "#, any/thing, true",
    "sport/tennis/+, sport/tennis/player1, true",
    "sport/tennis/+, sport/tennis/player1/ranking, false",
    "sport/+, sport, false",
    "sport/+, sport/, true",
    "+/+, /finance, true",
    "/+, /finance, true",
    "+, /finance, false",
    "#, $SYS/uptime, false",
    "+/uptime, $SYS/uptime, false",
    "$SYS/#, $SYS/uptime, true",
    "plant/power, plant/power, true",
    "plant/power, plant/powers, false",
    "plant/power, plant, false",
    "plant/power, plant/power/, false",
    "plant/{device}/power, plant/oven/power, true",
    "plant/{device}/power, plant/a/b/power, false",
  })
  void matchesAsMqttSays(String filter, String topic, boolean matches) {
    assertThat(TopicPattern.parse(filter).matches(topic)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "plant/+/{device}/power, plant/hall/oven/power, oven",
    "{device}, oven, oven",
    "{device}/#, oven/a/b, oven",
    "plant/{device}, plant/oven, oven",
  })
  void findsTheDevice(String filter, String topic, String device) {
    TopicPattern pattern = TopicPattern.parse(filter);
    assertThat(pattern.namesDevice()).isTrue();
    assertThat(pattern.device(topic)).isEqualTo(device);
  }

  @Test
  void namesADeviceOnlyWhenALevelSaysSo() {
    assertThat(TopicPattern.parse("plant/+").namesDevice()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a/#/b", "a/b#", "a+/b", "{device}/{device}", "a/{device}x", "a/{meter}"})
  void refusesWhatIsNoFilter(String filter) {
    assertThatThrownBy(() -> TopicPattern.parse(filter))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
