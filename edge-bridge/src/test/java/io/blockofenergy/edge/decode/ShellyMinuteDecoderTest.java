package io.blockofenergy.edge.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellyMinuteDecoderTest {
  private static final Instant NOW = Instant.parse("2026-09-01T12:00:00Z");
  private static final long MINUTE = NOW.getEpochSecond() - 600;
  private static final String THREE_PHASES = "boe/backfill/shellypro3em-c049ef8e0a24/emdata:0/rpc";

  private final ShellyMinuteDecoder decoder =
      new ShellyMinuteDecoder(new SensorTime(ZoneOffset.UTC, Clock.fixed(NOW, ZoneOffset.UTC)));

  @Test
  void aMinuteOfThreePhasesIsTheMeanPowerOfAll() {
    Measurement minute =
        decode(
                THREE_PHASES,
                result(
                    "\"a_total_act_energy\",\"a_total_act_ret_energy\",\"a_avg_voltage\","
                        + "\"a_avg_current\",\"b_total_act_energy\",\"b_total_act_ret_energy\","
                        + "\"b_avg_voltage\",\"b_avg_current\",\"c_total_act_energy\","
                        + "\"c_total_act_ret_energy\",\"c_avg_voltage\",\"c_avg_current\"",
                    "12.5,0.0,230.1,3.2,2.5,0.0,231.3,0.7,1.0,6.0,229.8,1.3"))
            .get(0);
    assertThat(minute.device()).isEqualTo("shellypro3em-c049ef8e0a24");
    assertThat(minute.measuredAt()).isEqualTo(Instant.ofEpochSecond(MINUTE + 60));
    assertThat(minute.format()).isEqualTo("shelly-gen2-minute");
    assertThat(minute.quantities())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("powerW", 600.0, "voltageV", 230.4, "currentA", 5.2));
  }

  @Test
  void aMinuteOfOneOfSeveralMetersIsOfThatMeter() {
    Measurement minute =
        decode(
                "boe/backfill/cellar/em/em1data:1/rpc",
                result("\"total_act_energy\",\"avg_voltage\"", "2.0,230.0"))
            .get(0);
    assertThat(minute.device()).isEqualTo("cellar/em:1");
    assertThat(minute.quantities())
        .containsExactlyInAnyOrderEntriesOf(Map.of("powerW", 120.0, "voltageV", 230.0));
  }

  @Test
  void aMissingPhaseLeavesTheSumOut() {
    assertThat(
            decode(THREE_PHASES, result("\"a_total_act_energy\",\"a_avg_voltage\"", "2.0,230.0"))
                .get(0)
                .quantities())
        .containsOnlyKeys("voltageV");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":1,\"error\":{\"code\":404,\"message\":\"No handler for EMData.GetData\"}}",
        "{\"id\":1,\"result\":{\"keys\":[],\"data\":[]}}",
        "{\"id\":1,\"result\":{\"keys\":[],\"data\":[{\"ts\":1,\"period\":60,\"values\":[]}]}}"
      })
  void anAnswerWithoutAMinuteIsNoReading(String answer) {
    assertThat(decode(THREE_PHASES, answer)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"result\":{\"keys\":1,\"data\":[{}]}}",
        "{\"result\":{\"data\":1}}",
        "{\"result\":{\"keys\":[\"a\"],\"data\":[{\"ts\":1,\"period\":60,\"values\":[[1,2]]}]}}",
        "{\"result\":{\"keys\":[\"a\"],\"data\":[{\"ts\":1,\"period\":0,\"values\":[[1]]}]}}",
        "{\"result\":{\"keys\":[\"a\"],\"data\":[{\"ts\":1,\"period\":60,\"values\":[[1],[2]]}]}}",
        "{\"result\":{\"keys\":[\"a\"],\"data\":[{\"ts\":1,\"period\":60,\"values\":[[\"x\"]]}]}}"
      })
  void whatIsNoAnswerIsMalformed(String answer) {
    assertThatThrownBy(() -> decode(THREE_PHASES, answer))
        .isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void onlyAnswersToTheBridgeAreItsOwn() {
    assertThat(decoder.accepts(THREE_PHASES)).isTrue();
    assertThat(decoder.accepts("boe/backfill/emdata:0/rpc")).isFalse();
    assertThat(decoder.accepts("boe/backfill/x/switch:0/rpc")).isFalse();
    assertThat(decoder.accepts("boe/backfill/x/emdata:0")).isFalse();
    assertThat(decoder.accepts("shellypro3em-c049ef8e0a24/rpc")).isFalse();
  }

  private List<Measurement> decode(String topic, String payload) {
    return decoder.decode(topic, payload.getBytes(StandardCharsets.UTF_8));
  }

  private static String result(String keys, String values) {
    return "{\"id\":1,\"src\":\"shelly\",\"dst\":\"boe\",\"result\":{\"keys\":["
        + keys
        + "],\"data\":[{\"ts\":"
        + MINUTE
        + ",\"period\":60,\"values\":[["
        + values
        + "]]}]}}";
  }
}
