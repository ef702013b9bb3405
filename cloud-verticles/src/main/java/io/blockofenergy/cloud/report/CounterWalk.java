package io.blockofenergy.cloud.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Goes through the points of one counter, in the order of time, and counts the steps between them
 * by the quarter hour of the later point. What {@code docs/adr/0019-what-a-report-counts.md} says
 * of resets, glitches, rollbacks, jumps and gaps is done here. For one walk.
 */
final class CounterWalk {
  private static final long HOUR = 3_600_000;
  private static final long RECOVERY = 24 * HOUR;
  private static final int MAX_VERDICTS = 1000;
  private static final long PERCENT = 100;

  // 1 W over 1 ms is 1/3.6 µWh: whole numbers compare exactly.
  private static final double UWH_SIDE = 18;
  private static final double WATT_MILLISECONDS_SIDE = 5;

  private record Gap(long from, long to, long uwh) {}

  private final String counter;
  private final List<CounterPoints> days;
  private final long[] firstQuarters;
  private final double ceilingW;
  private final Span span;
  private final Optional<Ends> ends;

  /** By quarter hour of the span. */
  final long[] uwh;

  /** Of it, what was counted over gaps; null when there is none. */
  long[] gapUwh;

  /**
   * As it is to be priced: what was counted over a gap is spread over those of its quarter hours
   * that are in the local month in which it was counted. So each month's priced energy is its
   * energy, whatever became known after its bill was made.
   */
  long[] pricedUwh;

  final List<Verdict> verdicts = new ArrayList<>();
  int verdictCount;

  private final List<Gap> gaps = new ArrayList<>();

  /** The point from which the next step is. */
  private int refDay = -1;

  private int refPoint;
  private long refAt;
  private long refUwh;
  private long refQuarter;
  private String refEpoch;

  /**
   * @param counter the quantity
   * @param days points by day
   * @param firstQuarters number of each day's first quarter hour
   * @param ceilingW above which a rise is implausible
   * @param span what is counted
   * @param ends takes the readings at the ends of what is counted
   */
  CounterWalk(
      String counter,
      List<CounterPoints> days,
      long[] firstQuarters,
      double ceilingW,
      Span span,
      Optional<Ends> ends) {
    this.counter = counter;
    this.days = days;
    this.firstQuarters = firstQuarters;
    this.ceilingW = ceilingW;
    this.span = span;
    this.ends = ends;
    this.uwh = new long[span.length()];
  }

  CounterWalk walk() {
    int day = 0;
    int point = 0;
    while (day < days.size()) {
      CounterPoints its = days.get(day);
      if (point >= its.count) {
        day++;
        point = 0;
        continue;
      }
      if (refDay < 0) {
        accept(day, point, false);
      } else if (!sameEpoch(its.epoch(point))) {
        fallen(Verdict.Kind.RESET, day, point);
        accept(day, point, false);
      } else if (its.uwh[point] >= refUwh) {
        step(day, point);
        accept(day, point, true);
      } else {
        long recovered = recovered(day, point);
        if (recovered >= 0) {
          day = (int) (recovered >>> Integer.SIZE);
          point = (int) recovered;
          step(day, point);
          accept(day, point, true);
        } else {
          fallen(fallKind(its.uwh[point]), day, point);
          accept(day, point, false);
        }
      }
      point++;
    }
    ends.ifPresent(Ends::close);
    spreadGaps();
    return this;
  }

  private boolean sameEpoch(String epoch) {
    return epoch == refEpoch || epoch.equals(refEpoch);
  }

  private Verdict.Kind fallKind(long low) {
    return isNearlyZero(low, refUwh) ? Verdict.Kind.RESET : Verdict.Kind.ROLLBACK;
  }

  private static boolean isNearlyZero(long low, long before) {
    return low < Math.floorDiv(before + PERCENT - 1, PERCENT); // less than 1 %, exactly
  }

  private void accept(int day, int point, boolean goesOn) {
    CounterPoints its = days.get(day);
    if (ends.isPresent()) {
      ends.get()
          .take(
              its.at[point],
              its.reading(point),
              goesOn ? days.get(refDay).reading(refPoint) : null);
    }
    refDay = day;
    refPoint = point;
    refAt = its.at[point];
    refUwh = its.uwh[point];
    refQuarter = firstQuarters[day] + its.quarter[point];
    refEpoch = its.epoch(point);
  }

  private void step(int day, int point) {
    CounterPoints its = days.get(day);
    long energy = its.uwh[point] - refUwh;
    long elapsed = its.at[point] - refAt;
    long quarter = firstQuarters[day] + its.quarter[point];
    int place = span.place(quarter);
    if (place >= 0) {
      uwh[place] = Energy.plus(uwh[place], energy);
    }
    if (energy * UWH_SIDE
        > ceilingW * Math.max(elapsed, Quarters.MILLISECONDS) * WATT_MILLISECONDS_SIDE) {
      verdict(Verdict.Kind.IMPLAUSIBLE_JUMP, day, point, its.uwh[point], energy);
    }
    if (elapsed > HOUR) {
      gap(day, point, energy);
    }
    if (its.hasDips() && refDay == day && refPoint == point - 1 && its.dip(point) != null) {
      long low = its.dip(point);
      verdict(glitchKind(low), day, point, low, energy);
    }
  }

  private Verdict.Kind glitchKind(long low) {
    return isNearlyZero(low, refUwh) ? Verdict.Kind.ZERO_GLITCH : Verdict.Kind.ROLLBACK;
  }

  private void gap(int day, int point, long energy) {
    CounterPoints its = days.get(day);
    verdict(Verdict.Kind.GAP, day, point, its.uwh[point], energy);
    if (energy == 0) {
      return;
    }
    long quarter = firstQuarters[day] + its.quarter[point];
    gaps.add(new Gap(refQuarter, quarter, energy));
    int place = span.place(quarter);
    if (place >= 0) {
      gapUwh = gapUwh == null ? new long[span.length()] : gapUwh;
      gapUwh[place] = Energy.plus(gapUwh[place], energy);
    }
  }

  private void fallen(Verdict.Kind kind, int day, int point) {
    CounterPoints its = days.get(day);
    verdict(kind, day, point, its.uwh[point], 0);
    if (its.at[point] - refAt > HOUR) {
      gap(day, point, 0);
    }
  }

  /**
   * Where the counter is back at what it was, within a day of a fall and within its epoch.
   *
   * @return day and point, the upper and lower half; -1 when it is not
   */
  private long recovered(int fallDay, int fallPoint) {
    CounterPoints fall = days.get(fallDay);
    long until = fall.at[fallPoint] + RECOVERY;
    long low = fall.uwh[fallPoint];
    int point = fallPoint;
    for (int day = fallDay; day < days.size(); day++, point = 0) {
      CounterPoints its = days.get(day);
      for (; point < its.count; point++) {
        if (its.at[point] > until || !sameEpoch(its.epoch(point))) {
          return -1;
        }
        if (its.uwh[point] >= refUwh) {
          verdict(
              glitchKind(low), day, point, low, its.uwh[point] - refUwh, fall.reading(fallPoint));
          return ((long) day << Integer.SIZE) | point;
        }
        low = Math.min(low, its.uwh[point]);
      }
    }
    return -1;
  }

  private void verdict(Verdict.Kind kind, int day, int point, long after, long energy) {
    verdict(kind, day, point, after, energy, null);
  }

  /**
   * @param later id of the reading; null: the point's own
   */
  private void verdict(
      Verdict.Kind kind, int day, int point, long after, long energy, String later) {
    CounterPoints its = days.get(day);
    long quarter = firstQuarters[day] + its.quarter[point];
    if (quarter < span.judgedFrom() || quarter >= span.judgedTo()) {
      return;
    }
    verdictCount++;
    if (verdicts.size() < MAX_VERDICTS) {
      verdicts.add(
          new Verdict(
              kind,
              counter,
              refAt,
              its.at[point],
              refUwh,
              after,
              energy,
              days.get(refDay).reading(refPoint),
              later == null ? its.reading(point) : later));
    }
  }

  private void spreadGaps() {
    pricedUwh = gaps.isEmpty() ? uwh : uwh.clone();
    for (Gap gap : gaps) {
      int last = span.place(gap.to());
      if (last >= 0) {
        pricedUwh[last] -= gap.uwh();
      }
      long first = Math.max(gap.from() + 1, Math.min(span.monthFrom(gap.to()), gap.to()));
      long quarters = gap.to() - first + 1;
      long each = gap.uwh() / quarters;
      long withOneMore = gap.to() - gap.uwh() % quarters; // the last ones take what is left
      long end = Math.min(gap.to(), span.first() + span.length() - 1);
      for (long quarter = Math.max(first, span.first()); quarter <= end; quarter++) {
        int place = span.place(quarter);
        pricedUwh[place] = Energy.plus(pricedUwh[place], quarter > withOneMore ? each + 1 : each);
      }
    }
  }
}
