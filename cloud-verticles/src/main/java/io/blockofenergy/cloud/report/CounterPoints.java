package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.CounterPoint;
import io.blockofenergy.cloud.storage.CounterRange;
import io.blockofenergy.telemetry.ReadingId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The points of one counter on one UTC day: of each quarter hour and counter epoch the first and
 * the last reading, by time and sortable id. Immutable; arrays, because reports walk through
 * hundreds of thousands.
 */
final class CounterPoints {
  static final CounterPoints NONE = new CounterPoints(List.of());

  private static final int BYTES_A_POINT = 8 + 8 + 8 + 8 + 4 + 1;
  private static final int BYTES = 200;

  final int count;

  /** Unix milliseconds. */
  final long[] at;

  final long[] uwh;

  /** 0 to 95. */
  final byte[] quarter;

  /** Shared with the other points of the epoch. */
  private final String[] epoch;

  /** {@code bridge.journal.}, shared with the other points of the journal. */
  private final String[] journal;

  private final long[] seq;

  /**
   * By a quarter hour's last point: the low value, when the counter fell below the first one and
   * came back within.
   */
  private final SortedMap<Integer, Long> dips = new TreeMap<>();

  /** As they come, not yet in order. */
  private record Point(CounterPoint point, String sortable, int quarter, String epoch, Long dip) {}

  /** Collects a day's points. */
  static final class Builder {
    private final List<Point> points = new ArrayList<>();

    void add(int quarter, String epoch, CounterRange range) {
      CounterPoint first = range.first();
      CounterPoint last = range.last();
      points.add(new Point(first, sortable(first), quarter, epoch, null));
      if (!first.reading().equals(last.reading())) {
        long low = Energy.ofKwh(range.leastKwh());
        long begin = Energy.ofKwh(first.kwh());
        boolean dipped = low < begin && Energy.ofKwh(last.kwh()) >= begin;
        points.add(new Point(last, sortable(last), quarter, epoch, dipped ? low : null));
      }
    }

    private static String sortable(CounterPoint point) {
      return ReadingId.parse(point.reading()).map(ReadingId::sortable).orElse(point.reading());
    }

    CounterPoints build() {
      if (points.isEmpty()) {
        return NONE;
      }
      points.sort(
          Comparator.comparing((Point each) -> each.point().at()).thenComparing(Point::sortable));
      return new CounterPoints(points);
    }
  }

  private CounterPoints(List<Point> points) {
    count = points.size();
    at = new long[count];
    uwh = new long[count];
    quarter = new byte[count];
    epoch = new String[count];
    journal = new String[count];
    seq = new long[count];
    for (int i = 0; i < count; i++) {
      Point point = points.get(i);
      String reading = point.point().reading();
      int dot = reading.lastIndexOf('.') + 1;
      at[i] = point.point().at().toEpochMilli();
      uwh[i] = Energy.ofKwh(point.point().kwh());
      quarter[i] = (byte) point.quarter();
      epoch[i] = i > 0 && epoch[i - 1].equals(point.epoch()) ? epoch[i - 1] : point.epoch();
      String its = reading.substring(0, dot);
      journal[i] = i > 0 && journal[i - 1].equals(its) ? journal[i - 1] : its;
      seq[i] = Long.parseLong(reading.substring(dot));
      if (point.dip() != null) {
        dips.put(i, point.dip());
      }
    }
  }

  private CounterPoints(int count) {
    this.count = count;
    at = new long[count];
    uwh = new long[count];
    quarter = new byte[count];
    epoch = new String[count];
    journal = new String[count];
    seq = new long[count];
  }

  /**
   * Member by member, which packs best, each as the difference to the one before.
   *
   * @param begin of the day, Unix milliseconds
   */
  void write(PackedOutput out, long begin) {
    out.number(count);
    if (count == 0) {
      return;
    }
    long unit = unit();
    out.number(unit);
    long before = begin;
    for (long each : at) {
      out.number(each - before);
      before = each;
    }
    before = 0;
    for (long each : uwh) {
      out.number(each / unit - before);
      before = each / unit;
    }
    before = 0;
    for (long each : seq) {
      out.number(each - before);
      before = each;
    }
    for (int i = 0; i < count; i++) {
      out.number(quarter[i] - (i == 0 ? 0 : quarter[i - 1]));
    }
    for (String each : epoch) {
      out.text(each);
    }
    for (String each : journal) {
      out.text(each);
    }
    out.number(dips.size());
    dips.forEach(
        (point, low) -> {
          out.number(point);
          out.number(low);
        });
  }

  /** The greatest power of ten that all of them are multiples of: meters have few decimals. */
  private long unit() {
    long unit = 1_000_000_000;
    for (long each : uwh) {
      while (each % unit != 0) {
        unit /= 10;
      }
    }
    return unit;
  }

  /**
   * @throws IllegalArgumentException when it is damaged
   */
  static CounterPoints read(PackedInput in, long begin) {
    int count = in.count();
    if (count == 0) {
      return NONE;
    }
    CounterPoints points = new CounterPoints(count);
    long unit = in.number();
    long before = begin;
    for (int i = 0; i < count; i++) {
      before += in.number();
      points.at[i] = before;
    }
    before = 0;
    for (int i = 0; i < count; i++) {
      before += in.number();
      points.uwh[i] = before * unit;
    }
    before = 0;
    for (int i = 0; i < count; i++) {
      before += in.number();
      points.seq[i] = before;
    }
    int last = 0;
    for (int i = 0; i < count; i++) {
      last += in.number(-last, Quarters.OF_DAY - 1 - last);
      points.quarter[i] = (byte) last;
    }
    for (int i = 0; i < count; i++) {
      points.epoch[i] = in.text();
    }
    for (int i = 0; i < count; i++) {
      points.journal[i] = in.text();
    }
    for (int left = in.count(); left > 0; left--) {
      points.dips.put(in.number(0, count - 1), in.number());
    }
    return points;
  }

  String epoch(int point) {
    return epoch[point];
  }

  /** The public id of the reading. */
  String reading(int point) {
    return journal[point] + seq[point];
  }

  boolean hasDips() {
    return !dips.isEmpty();
  }

  /** Null when there was none. */
  Long dip(int point) {
    return dips.get(point);
  }

  int bytes() {
    return count == 0 ? 0 : BYTES + count * BYTES_A_POINT;
  }
}
