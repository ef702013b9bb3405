package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.log.MalformedProofException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one span of a device's energy counter adds, as statements name it.
 *
 * @param epoch the readings' {@code counterEpoch}
 * @param first id of the reading from which it counts: the last before the period, or, when the
 *     counter began in the period, its first
 * @param last id of its last reading of the period
 * @param energyImportKwh their difference
 */
record StatedCounter(String epoch, String first, String last, double energyImportKwh) {
  static final String MEMBER = "counters";

  private static final String EPOCH = "counterEpoch";
  private static final String FIRST = "first";
  private static final String LAST = "last";
  private static final Set<String> MEMBERS = Set.of(EPOCH, CounterCheck.QUANTITY, FIRST, LAST);

  Map<String, Object> members() {
    return new TreeMap<>(
        Map.of(EPOCH, epoch, CounterCheck.QUANTITY, energyImportKwh, FIRST, first, LAST, last));
  }

  /**
   * The counters of a statement or of a part of one.
   *
   * @param what names it
   * @throws MalformedProofException when one is not of its form
   */
  static List<StatedCounter> all(Map<String, Object> holder, String what) {
    List<StatedCounter> counters = new ArrayList<>();
    for (Map<String, Object> each : StrictJson.objects(holder, MEMBER, what)) {
      String one = "counter " + counters.size() + " of " + what;
      StrictJson.onlyMembers(each, MEMBERS, one);
      counters.add(
          new StatedCounter(
              StrictJson.member(each, EPOCH, String.class, one),
              StrictJson.member(each, FIRST, String.class, one),
              StrictJson.member(each, LAST, String.class, one),
              StrictJson.member(each, CounterCheck.QUANTITY, Number.class, one).doubleValue()));
    }
    return counters;
  }
}
