package io.blockofenergy.cloud.report.forecast;

import java.util.Arrays;

/**
 * The sum of a site's devices by hour. Before its first hour a device was not there, nor after its
 * last one when that is long ago; while it says nothing in between, the sum is not known. For one
 * thread at a time.
 */
final class SiteSum {
  /** For so many hours a device that says nothing is waited for; then it is gone. */
  static final int WAIT_HOURS = 48;

  private final double[] powerW;
  private final int[] devices;

  SiteSum(int hours) {
    this.powerW = new double[hours];
    this.devices = new int[hours];
  }

  /** Adds a device, of as many hours. */
  SiteSum add(HourSeries device) {
    double[] own = device.powerW();
    int first = 0;
    while (first < own.length && Double.isNaN(own[first])) {
      first++;
    }
    int end = own.length;
    while (end > first && Double.isNaN(own[end - 1])) {
      end--;
    }
    if (end >= own.length - WAIT_HOURS) {
      end = own.length;
    }
    for (int hour = first; hour < end; hour++) {
      powerW[hour] += own[hour];
      devices[hour]++;
    }
    return this;
  }

  /** In W; NaN where it is not known, and where there was no device. */
  double[] powerW() {
    double[] sum = powerW.clone();
    Arrays.setAll(sum, hour -> devices[hour] == 0 ? Double.NaN : powerW[hour]);
    return sum;
  }
}
