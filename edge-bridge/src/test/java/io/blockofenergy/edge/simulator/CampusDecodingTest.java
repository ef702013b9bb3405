package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.blockofenergy.edge.decode.DecodeConfig;
import io.blockofenergy.edge.decode.Decoder;
import io.blockofenergy.edge.decode.Decoders;
import io.blockofenergy.edge.decode.Measurement;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the campus says is what the bridge's decoders, written from the makers' pages, read. */
class CampusDecodingTest {
  private static final Instant NOW = Instant.parse("2026-06-17T10:00:00Z");
  private static final Campus CAMPUS = Campus.of(1, ZoneId.of("Europe/Berlin"), 240);

  private final List<Decoder> decoders =
      Decoders.from(
          new DecodeConfig(false, List.of("zigbee2mqtt"), List.of()),
          ZoneOffset.UTC,
          Clock.fixed(NOW, ZoneOffset.UTC));

  @Test
  void eachDeviceIsReadAsOneWithItsPowerAndItsEnergy() {
    Set<String> names = new HashSet<>();
    for (Device device : CAMPUS.devices()) {
      Map<String, Double> quantities = new TreeMap<>();
      Set<String> read = new HashSet<>();
      for (Message message : device.messages(NOW, Duration.ofSeconds(10))) {
        for (Measurement measurement : decode(message)) {
          read.add(measurement.device());
          quantities.putAll(measurement.quantities());
          assertThat(measurement.measuredAt()).isEqualTo(device.tellsTime() ? NOW : null);
        }
      }
      assertThat(read).as(device.toString()).hasSize(1);
      assertThat(names.addAll(read)).as("its name is its own").isTrue();
      assertThat(quantities).containsKeys("powerW", "energyImportKwh");
      assertThat(quantities.get("powerW")).isCloseTo(device.powerW(NOW), within(0.51));
    }
  }

  @Test
  void energiesComeInTheRightUnitAndDirection() {
    for (Device device : CAMPUS.devices()) {
      Map<String, Double> quantities = new TreeMap<>();
      for (Message message : device.messages(NOW, Duration.ofSeconds(10))) {
        decode(message).forEach(each -> quantities.putAll(each.quantities()));
      }
      double drawnKwh =
          circuits(device).stream().mapToDouble(each -> each.read(NOW).drawnWh()).sum() / 1_000;
      double returnedKwh =
          circuits(device).stream().mapToDouble(each -> each.read(NOW).returnedWh()).sum() / 1_000;
      assertThat(quantities.get("energyImportKwh")).isCloseTo(drawnKwh, within(0.006));
      if (returnedKwh > 0) {
        assertThat(quantities.get("energyExportKwh")).isCloseTo(returnedKwh, within(0.006));
      }
    }
  }

  private List<Measurement> decode(Message message) {
    return decoders.stream()
        .filter(decoder -> decoder.accepts(message.topic()))
        .findFirst()
        .map(
            decoder ->
                decoder.decode(message.topic(), message.payload().getBytes(StandardCharsets.UTF_8)))
        .orElse(List.of());
  }

  private static List<Circuit> circuits(Device device) {
    if (device instanceof TasmotaPlug plug) {
      return List.of((Circuit) plug.meter());
    } else if (device instanceof ShellyPlug plug) {
      return List.of(plug.circuit());
    } else if (device instanceof ShellyThreePhase meter) {
      return meter.phases();
    } else if (device instanceof ShellyGen1Plug plug) {
      return List.of(plug.circuit());
    } else if (device instanceof ShellyGen1Meter meter) {
      return List.of(meter.circuit());
    }
    return List.of(((ZigbeePlug) device).circuit());
  }
}
