package io.blockofenergy.edge.decode;

import static io.blockofenergy.edge.decode.Payloads.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Topics and units as shelly-api-docs.shelly.cloud/gen1 lists them for Shelly 1PM, 2.5, Dimmer, EM
 * and 3EM under MQTT.
 */
class ShellyGen1DecoderTest {
  private final ShellyGen1Decoder decoder = new ShellyGen1Decoder();

  @ParameterizedTest
  @CsvSource({
    // Watt-minutes: 94736 of them are 1578.93 Wh.
    "shelly-plug-s1/relay/0/power, 20.58, shelly-plug-s1, powerW, 20.58",
    "shelly-plug-s1/relay/0/energy, 94736, shelly-plug-s1, energyImportKwh, 1.5789333333333333",
    "shellyswitch25-A1/relay/1/energy, 60000, shellyswitch25-A1:1, energyImportKwh, 1",
    "shellyswitch25-A1/roller/0/energy, 6, shellyswitch25-A1, energyImportKwh, 0.0001",
    "shellydimmer-A1/light/0/power, 7.5, shellydimmer-A1, powerW, 7.5",
    "shelly4pro-A1/meter/3/power, 0.01, shelly4pro-A1:3, powerW, 0.01",
    // An EM's totals are in Wh.
    "shellyem-A1/emeter/0/total, 1268868.6, shellyem-A1, energyImportKwh, 1268.8686",
    "shellyem-A1/emeter/0/total_returned, 1390938.0, shellyem-A1, energyExportKwh, 1390.938",
    "shellyem-A1/emeter/1/reactive_power, -22.93, shellyem-A1:1, reactivePowerVar, -22.93",
    "shellyem3-A1/emeter/2/power, -40.63, shellyem3-A1:2, powerW, -40.63",
    "shellyem3-A1/emeter/2/voltage, 240.50, shellyem3-A1:2, voltageV, 240.5",
    "shellyem3-A1/emeter/2/current, 0.59, shellyem3-A1:2, currentA, 0.59",
    "shellyem3-A1/emeter/2/pf, 0.54, shellyem3-A1:2, powerFactor, 0.54",
    "attic/em/emeter/0/power, 1, attic/em, powerW, 1",
  })
  void makesAReadingOfEachNumber(
      String topic, String payload, String device, String quantity, double value) {
    assertThat(decoder.accepts("shellies/" + topic)).isTrue();
    assertThat(decoder.decode("shellies/" + topic, bytes(payload)))
        .containsExactly(
            new Measurement(
                device, null, "shelly-gen1", new TreeMap<>(Map.of(quantity, value)), ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Counts the same as total, but begins at zero with each start.
        "shellies/shellyem-A1/emeter/0/energy",
        "shellies/shellyem-A1/emeter/0/returned_energy",
        "shellies/shelly1pm-A1/relay/0",
        "shellies/shelly1pm-A1/relay/0/command",
        "shellies/shelly1pm-A1/relay/0/overpower_value",
        "shellies/shelly1pm-A1/relay/x/power",
        "shellies/shelly1pm-A1/relay//power",
        "shellies/shelly1pm-A1/relay/1000/power",
        "shellies/shelly1pm-A1/temperature",
        "shellies/relay/0/power",
        "shellies//relay",
        "shellies/",
        "shellies/plus/status/switch:0",
        "home/shelly1pm-A1/relay/0/power",
      })
  void leavesOtherTopicsAlone(String topic) {
    assertThat(decoder.accepts(topic)).isFalse();
  }

  @Test
  void takesAnUnknownValueAsNoReading() {
    assertThat(decoder.decode("shellies/a/relay/0/power", bytes("null"))).isEmpty();
    assertThat(decoder.decode("shellies/a/relay/0/power", bytes("unknown"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "on",
        "NaN",
        "nan",
        "Infinity",
        "1e999",
        "0x10",
        "1d",
        "1,5",
        "1 2",
        "--1",
        "1e",
        "é",
        "{}",
        "123456789012345678901234567890123"
      })
  void refusesWhatIsNoNumber(String payload) {
    assertThatThrownBy(() -> decoder.decode("shellies/a/relay/0/power", bytes(payload)))
        .isInstanceOf(MalformedReadingException.class);
  }
}
