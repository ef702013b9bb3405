package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.cloud.storage.DeviceSettings;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a report is of.
 *
 * @param site the one site, if it is of one
 * @param device the one device, if it is of one
 * @param zone whose days it has
 * @param tariff the site's
 * @param devices those that are needed: the site's, also for the prices of one device
 * @param settings of each of them
 */
record Subject(
    Optional<String> site,
    Optional<String> device,
    ZoneId zone,
    Optional<Tariff> tariff,
    List<Device> devices,
    Map<String, DeviceSettings> settings) {

  boolean shows(String id) {
    return device.isEmpty() || device.get().equals(id);
  }

  /** Whether a device's energy is in the report's total. */
  boolean counts(String id) {
    return device.isPresent() ? device.get().equals(id) : settings.get(id).counted();
  }
}
