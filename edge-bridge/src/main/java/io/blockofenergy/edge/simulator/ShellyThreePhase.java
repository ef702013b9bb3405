package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A Shelly Pro 3EM on three phases. Its {@code em:0} says what is momentary: W, VA, V, A, Hz, a
 * phase that feeds in having negative active power. Its {@code emdata:0} says the energies in Wh,
 * drawn and returned counted apart and by phase, once a full minute; see
 * https://shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices/EM#status and …/EMData#status.
 *
 * @param id of the form {@code shellypro3em-<mac>}, which is also the topic's default prefix
 * @param phases three
 */
record ShellyThreePhase(String id, List<Circuit> phases) implements Device {
  private static final String NAMES = "abc";

  @Override
  public List<Message> messages(Instant at, Duration period) {
    List<Circuit.Reading> readings = phases.stream().map(phase -> phase.read(at)).toList();
    List<Message> messages = new ArrayList<>(2);
    messages.add(new Message(id + "/status/em:0", momentary(readings)));
    long second = at.getEpochSecond();
    if (Math.floorDiv(second, 60) > Math.floorDiv(second - period.toSeconds(), 60)) {
      messages.add(new Message(id + "/status/emdata:0", energies(readings)));
    }
    return messages;
  }

  private static String momentary(List<Circuit.Reading> readings) {
    StringBuilder json = new StringBuilder(640).append("{\"id\":0");
    double currentA = 0;
    double powerW = 0;
    double apparentVa = 0;
    for (int phase = 0; phase < readings.size(); phase++) {
      Circuit.Reading reading = readings.get(phase);
      json.append(
          String.format(
              Locale.ROOT,
              ",\"%1$s_current\":%2$.3f,\"%1$s_voltage\":%3$.1f,\"%1$s_act_power\":%4$.1f,"
                  + "\"%1$s_aprt_power\":%5$.1f,\"%1$s_pf\":%6$.2f,\"%1$s_freq\":%7$.1f",
              NAMES.charAt(phase),
              reading.currentA(),
              reading.voltageV(),
              reading.powerW(),
              reading.apparentVa(),
              reading.powerFactor(),
              reading.frequencyHz()));
      currentA += reading.currentA();
      powerW += reading.powerW();
      apparentVa += reading.apparentVa();
    }
    return json.append(
            String.format(
                Locale.ROOT,
                ",\"n_current\":null,\"total_current\":%.3f,\"total_act_power\":%.3f,"
                    + "\"total_aprt_power\":%.3f,\"user_calibrated_phase\":[]}",
                currentA,
                powerW,
                apparentVa))
        .toString();
  }

  private static String energies(List<Circuit.Reading> readings) {
    StringBuilder json = new StringBuilder(320).append("{\"id\":0");
    double drawnWh = 0;
    double returnedWh = 0;
    for (int phase = 0; phase < readings.size(); phase++) {
      Circuit.Reading reading = readings.get(phase);
      json.append(
          String.format(
              Locale.ROOT,
              ",\"%1$s_total_act_energy\":%2$.2f,\"%1$s_total_act_ret_energy\":%3$.2f",
              NAMES.charAt(phase),
              reading.drawnWh(),
              reading.returnedWh()));
      drawnWh += reading.drawnWh();
      returnedWh += reading.returnedWh();
    }
    return json.append(
            String.format(
                Locale.ROOT, ",\"total_act\":%.2f,\"total_act_ret\":%.2f}", drawnWh, returnedWh))
        .toString();
  }

  @Override
  public boolean tellsTime() {
    return false;
  }

  @Override
  public double powerW(Instant at) {
    return phases.stream().mapToDouble(phase -> phase.powerW(at)).sum();
  }
}
