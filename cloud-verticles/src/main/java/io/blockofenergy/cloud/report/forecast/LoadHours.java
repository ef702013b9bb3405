package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/** The hours of a load: a device's own, or those of a site's devices together. */
final class LoadHours {
  private final HourlyPower power;
  private final DeviceStore devices;
  private final ForecastSites sites;

  LoadHours(HourlyPower power, DeviceStore devices, ForecastSites sites) {
    this.power = power;
    this.devices = devices;
    this.sites = sites;
  }

  /**
   * @param until the hour that holds it is the first one that is not wanted
   */
  Future<HourSeries> of(Load load, Instant until, int hours) {
    return sites
        .zone(load.site())
        .compose(
            zone ->
                load.device().isPresent()
                    ? power.of(load.device().get(), zone, until, hours)
                    : together(load.site(), zone, until, hours));
  }

  private Future<HourSeries> together(String site, ZoneId zone, Instant until, int hours) {
    return devices
        .devices()
        .compose(
            all -> {
              List<String> own =
                  all.stream()
                      .filter(device -> site.equals(device.site()))
                      .map(Device::id)
                      .toList();
              return sites
                  .counted(own)
                  .map(counted -> own.stream().filter(counted::contains).toList());
            })
        .compose(
            counted -> {
              SiteSum sum = new SiteSum(hours);
              Future<Void> added = Future.succeededFuture();
              // One after another: a site may have thousands, and each is some sixty documents.
              for (String device : counted) {
                added =
                    added.compose(
                        done -> power.of(device, zone, until, hours).map(sum::add).mapEmpty());
              }
              long first = HourSeries.hourOf(zone, until) - (long) hours * HourSeries.HOUR;
              return added.map(done -> new HourSeries(zone, first, sum.powerW()));
            });
  }
}
