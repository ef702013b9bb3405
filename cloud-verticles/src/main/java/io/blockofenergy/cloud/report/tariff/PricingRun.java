package io.blockofenergy.cloud.report.tariff;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Goes through quarter hours once and finds what each costs. For one run by one thread. */
final class PricingRun {
  private static final long QUARTER_SECONDS = 900;
  private static final int QUARTERS_OF_DAY = Window.QUARTERS_OF_DAY;

  private final List<TariffVersion> versions;
  private final ZoneRules rules;

  // By version: its bands of the week, and the place of its first band among the rates.
  private final int[][] weeks;
  private final int[] firstRate;

  // By rate: which of the month's amounts it draws on, and the place of each block's unit or -1.
  private final List<Rate> rates = new ArrayList<>();
  private final List<Integer> amounts = new ArrayList<>();
  private final List<int[]> unitOf = new ArrayList<>();

  private final List<UnitPrice> units = new ArrayList<>();

  /** µWh since the begin of the month; bands of one name share an amount, across versions. */
  private final long[] taken;

  private int parts;
  private int[] partUnit;
  private long[] partUwh;

  PricingRun(Tariff tariff, ZoneId zone) {
    this.versions = tariff.versions();
    this.rules = zone.getRules();
    this.weeks = new int[versions.size()][];
    this.firstRate = new int[versions.size()];
    Map<String, Integer> byName = new HashMap<>();
    add(Rate.NONE, byName);
    for (int i = 0; i < weeks.length; i++) {
      TariffVersion version = versions.get(i);
      weeks[i] = version.week();
      firstRate[i] = rates.size();
      version.bands().forEach(band -> add(Rate.of(version, band), byName));
    }
    this.taken = new long[byName.size()];
  }

  private void add(Rate rate, Map<String, Integer> byName) {
    int next = byName.size();
    rates.add(rate);
    amounts.add(byName.computeIfAbsent(rate.band(), name -> next));
    int[] none = new int[rate.blocks().size()];
    Arrays.fill(none, -1);
    unitOf.add(none);
  }

  Pricing price(Tariff tariff, long firstQuarter, long[] importUwh) {
    int count = importUwh.length;
    int[] rateOf = new int[count];
    int[] partsFrom = new int[count + 1];
    partUnit = new int[count];
    partUwh = new long[count];
    long offset = 0;
    long offsetUntil = Long.MIN_VALUE;
    long today = Long.MIN_VALUE;
    int month = -1;
    int version = -1;
    for (int i = 0; i < count; i++) {
      long begin = (firstQuarter + i) * QUARTER_SECONDS;
      if (begin >= offsetUntil) {
        Instant at = Instant.ofEpochSecond(begin);
        offset = rules.getOffset(at).getTotalSeconds();
        ZoneOffsetTransition next = rules.nextTransition(at);
        offsetUntil = next == null ? Long.MAX_VALUE : next.toEpochSecond();
      }
      long localQuarter = Math.floorDiv(begin + offset, QUARTER_SECONDS);
      long localDay = Math.floorDiv(localQuarter, QUARTERS_OF_DAY);
      // Clocks that are put back over midnight do not bring the day before, or its month, back.
      if (localDay > today) {
        today = localDay;
        LocalDate date = LocalDate.ofEpochDay(today);
        version = version(date);
        if (date.getMonthValue() != month) {
          month = date.getMonthValue();
          Arrays.fill(taken, 0);
        }
      }
      int rate = 0;
      if (version >= 0) {
        // The first day of 1970 was a Thursday.
        int weekday = Math.floorMod(localDay + 3, 7);
        int quarter = weekday * QUARTERS_OF_DAY + (int) (localQuarter - localDay * QUARTERS_OF_DAY);
        rate = firstRate[version] + weeks[version][quarter];
      }
      rateOf[i] = rate;
      partsFrom[i] = parts;
      split(rate, importUwh[i]);
    }
    partsFrom[count] = parts;
    return new Pricing(
        tariff,
        units,
        partsFrom,
        Arrays.copyOf(partUnit, parts),
        Arrays.copyOf(partUwh, parts),
        rateOf,
        rates);
  }

  private int version(LocalDate date) {
    int version = versions.size() - 1;
    while (version >= 0 && versions.get(version).from().isAfter(date)) {
      version--;
    }
    return version;
  }

  /**
   * Over the blocks that the energy of a quarter hour falls into; none at all is in one as well.
   */
  private void split(int rate, long uwh) {
    if (uwh < 0) {
      throw new IllegalArgumentException("energy below zero: " + uwh + " µWh");
    }
    List<Block> blocks = rates.get(rate).blocks();
    int amount = amounts.get(rate);
    int last = blocks.size() - 1;
    long left = uwh;
    int block = 0;
    do {
      while (block < last && taken[amount] >= blocks.get(block).upToUwh()) {
        block++;
      }
      long part =
          block == last ? left : Math.min(left, blocks.get(block).upToUwh() - taken[amount]);
      addPart(unit(rate, block), part);
      // Where a long ends is far behind the end of every block but the last, which has none.
      taken[amount] = part > Long.MAX_VALUE - taken[amount] ? Long.MAX_VALUE : taken[amount] + part;
      left -= part;
    } while (left > 0);
  }

  private int unit(int rate, int block) {
    int[] known = unitOf.get(rate);
    if (known[block] < 0) {
      known[block] = units.size();
      units.add(rates.get(rate).unit(block));
    }
    return known[block];
  }

  private void addPart(int unit, long uwh) {
    if (parts == partUnit.length) {
      partUnit = Arrays.copyOf(partUnit, parts + parts / 2 + 16);
      partUwh = Arrays.copyOf(partUwh, partUnit.length);
    }
    partUnit[parts] = unit;
    partUwh[parts] = uwh;
    parts++;
  }
}
