package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * What a Tasmota plug publishes to {@code tele/<device>/SENSOR}: local time without a zone (these
 * plugs' clocks run in UTC), power in whole W, VA and var, energy in kWh with three decimals; see
 * https://tasmota.github.io/docs/Power-Monitoring/.
 */
final class TasmotaMessage {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  private TasmotaMessage() {}

  static String topic(String device) {
    return "tele/" + device + "/SENSOR";
  }

  /**
   * @param period time since the plug's message before; its energy is {@code Period}, in Wh
   */
  static String of(Meter meter, Instant at, Duration period) {
    Meter.Sample sample = meter.at(at);
    Instant before = at.minus(period);
    if (before.isBefore(Meter.COUNTING_SINCE)) {
      before = Meter.COUNTING_SINCE;
    }
    double periodWh = sample.totalKwh() * 1_000 - meter.energyWh(before);
    double apparentVa = sample.powerW() / sample.powerFactor();
    double reactiveVar =
        Math.sqrt(Math.max(0, apparentVa * apparentVa - sample.powerW() * sample.powerW()));
    return String.format(
        Locale.ROOT,
        "{\"Time\":\"%s\",\"ENERGY\":{\"TotalStartTime\":\"%s\",\"Total\":%.3f,"
            + "\"Yesterday\":%.3f,\"Today\":%.3f,\"Period\":%d,\"Power\":%d,\"ApparentPower\":%d,"
            + "\"ReactivePower\":%d,\"Factor\":%.2f,\"Voltage\":%d,\"Current\":%.3f}}",
        TIME.format(sample.at()),
        TIME.format(Meter.COUNTING_SINCE),
        sample.totalKwh(),
        sample.yesterdayKwh(),
        sample.todayKwh(),
        Math.round(periodWh),
        Math.round(sample.powerW()),
        Math.round(apparentVa),
        Math.round(reactiveVar),
        sample.powerFactor(),
        Math.round(sample.voltageV()),
        apparentVa / sample.voltageV());
  }
}
