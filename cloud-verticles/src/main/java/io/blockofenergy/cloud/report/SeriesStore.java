package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.Rollup;
import io.blockofenergy.cloud.storage.RollupStore;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Rollups as reports need them, kept by device and UTC month as long as their versions are the
 * same: no report misses a fold that has completed. A month that is not in memory is looked for in
 * {@link StoredMonths}. Of one that changes only the days that did are read again. Memory is
 * bounded by bytes, those not used for the longest go first. Safe for any thread.
 */
final class SeriesStore {
  /** A counter that fell may come back within a day, and points may be late by an hour. */
  private static final Duration AFTER = Duration.ofHours(25);

  private static final Duration BEFORE = Duration.ofHours(24);
  private static final int MONTHS_BEFORE = 3;
  private static final int MONTHS_AFTER = 1;

  /** Months in which a device said something, but not its counter, that are looked through. */
  private static final int MAX_MONTHS_BACK = 12;

  /** Of those, when no counter of it is known: most have none. */
  private static final int MAX_MONTHS_WITHOUT = 2;

  /** Readings' years have four digits. */
  private static final YearMonth NO_MONTH = YearMonth.of(9999, 12);

  private record Key(String device, YearMonth month) {}

  private final RollupStore rollups;
  private final WorkerExecutor workers;
  private final long maxBytes;
  private final StoredMonths stored;
  private final LinkedHashMap<Key, MonthSeries> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long keptBytes;

  /**
   * @param stored months for those that are not in memory
   * @param maxBytes of memory
   */
  SeriesStore(RollupStore rollups, StoredMonths stored, WorkerExecutor workers, long maxBytes) {
    this.rollups = rollups;
    this.stored = stored;
    this.workers = workers;
    this.maxBytes = maxBytes;
  }

  /**
   * A device's days that have rollups, by date: those of the span; before it as many as tell which
   * point the first step is from; after it as many as tell whether a counter that fell came back,
   * and where a gap ends, if it does in the local month that the span ends in.
   *
   * @param first when the device was heard of first
   */
  Future<List<DaySeries>> days(String device, Instant first, Span span) {
    Instant from = Quarters.instant(span.first());
    Instant to = Quarters.instant(span.end());
    YearMonth firstMonth = month(from);
    YearMonth lastMonth = month(to.plus(AFTER));
    return rollups
        .versions(
            device, firstMonth.minusMonths(MONTHS_BEFORE), lastMonth.plusMonths(MONTHS_AFTER + 1L))
        .compose(
            versions -> {
              TreeMap<YearMonth, MonthSeries> months = new TreeMap<>();
              return load(device, versions.subMap(firstMonth, lastMonth.plusMonths(1)), months)
                  .compose(v -> loadAfter(device, versions, lastMonth, to, months))
                  .compose(
                      v ->
                          first.isBefore(from)
                              ? loadBefore(device, versions, firstMonth, from, months, 0)
                              : Future.succeededFuture())
                  .map(v -> days(months));
            });
  }

  private static YearMonth earlier(YearMonth a, YearMonth b) {
    return a.isBefore(b) ? a : b;
  }

  private static YearMonth month(Instant instant) {
    return YearMonth.from(instant.atOffset(ZoneOffset.UTC));
  }

  private Future<Void> load(
      String device,
      SortedMap<YearMonth, Map<Integer, Long>> versions,
      Map<YearMonth, MonthSeries> to) {
    Map<YearMonth, MonthSeries> old = new HashMap<>();
    TreeMap<YearMonth, Map<Integer, Long>> unknown = new TreeMap<>();
    TreeMap<YearMonth, Map<Integer, Long>> changed = new TreeMap<>();
    versions.forEach(
        (month, its) -> {
          MonthSeries here = kept(new Key(device, month));
          if (here == null) {
            unknown.put(month, its);
          } else if (here.versions().equals(its)) {
            to.put(month, here);
          } else {
            old.put(month, here);
            changed.put(month, its);
          }
        });
    return (unknown.isEmpty()
            ? Future.succeededFuture(Map.<YearMonth, MonthSeries>of())
            : stored.find(device, unknown))
        .compose(
            found -> {
              old.putAll(found);
              changed.putAll(unknown);
              Future<Void> loaded = Future.succeededFuture();
              for (Map.Entry<YearMonth, Map<Integer, Long>> next :
                  changed.entrySet()) { // 24 and a few at most
                loaded =
                    loaded.compose(
                        v ->
                            read(device, next.getKey(), next.getValue(), old.get(next.getKey()))
                                .map(
                                    read -> {
                                      to.put(next.getKey(), read);
                                      return null;
                                    }));
              }
              return loaded;
            });
  }

  private static List<DaySeries> days(TreeMap<YearMonth, MonthSeries> months) {
    return months.values().stream()
        .flatMap(month -> Arrays.stream(month.days()))
        .filter(Objects::nonNull)
        .toList();
  }

  private static CounterReach reach(TreeMap<YearMonth, MonthSeries> months) {
    return new CounterReach(days(months));
  }

  /** The next month, when a counter with points in those loaded has none after the span. */
  private Future<Void> loadAfter(
      String device,
      SortedMap<YearMonth, Map<Integer, Long>> versions,
      YearMonth lastMonth,
      Instant to,
      TreeMap<YearMonth, MonthSeries> months) {
    SortedMap<YearMonth, Map<Integer, Long>> later = versions.tailMap(lastMonth.plusMonths(1));
    if (later.isEmpty() || reach(months).isAfter(to.toEpochMilli())) {
      return Future.succeededFuture();
    }
    YearMonth next = later.firstKey();
    return load(device, later.headMap(next.plusMonths(1)), months);
  }

  /**
   * The month before, and more of them until each counter has a point more than a day before the
   * span: a walk that begins with a glitch's low value is right again when the glitch is over.
   */
  private Future<Void> loadBefore(
      String device,
      SortedMap<YearMonth, Map<Integer, Long>> versions,
      YearMonth month,
      Instant from,
      TreeMap<YearMonth, MonthSeries> months,
      int walked) {
    CounterReach known = reach(months);
    if (walked == MAX_MONTHS_BACK
        || walked >= MAX_MONTHS_WITHOUT && !known.any()
        || known.any() && known.isBefore(from.minus(BEFORE).toEpochMilli())) {
      return Future.succeededFuture();
    }
    SortedMap<YearMonth, Map<Integer, Long>> earlier = versions.headMap(month);
    Future<SortedMap<YearMonth, Map<Integer, Long>>> found =
        earlier.isEmpty()
            ? rollups
                .lastMonthBefore(device, month)
                .compose(
                    last ->
                        last.isEmpty()
                            ? Future.succeededFuture(new TreeMap<>())
                            : rollups.versions(device, last.get(), last.get().plusMonths(1)))
            : Future.succeededFuture(earlier.tailMap(earlier.lastKey()));
    return found.compose(
        one -> {
          if (one.isEmpty()) {
            return Future.succeededFuture();
          }
          YearMonth before = one.firstKey();
          return load(device, one, months)
              .compose(v -> loadBefore(device, versions, before, from, months, walked + 1));
        });
  }

  /** From the rollups, but for the days that are in an old state of it; null without one. */
  private Future<MonthSeries> read(
      String device, YearMonth month, Map<Integer, Long> versions, MonthSeries old) {
    Key key = new Key(device, month);
    int[] changed =
        versions.entrySet().stream()
            .filter(day -> old == null || !day.getValue().equals(old.versions().get(day.getKey())))
            .mapToInt(Map.Entry::getKey)
            .sorted()
            .toArray();
    Map<Integer, Long> now = Map.copyOf(versions);
    Map<Integer, Long> its = old == null ? Map.of() : old.stored();
    if (changed.length == 0) {
      return Future.succeededFuture(keep(key, new MonthSeries(now, old.days(), its)));
    }
    LocalDate first = month.atDay(changed[0]);
    LocalDate end = month.atDay(changed[changed.length - 1]).plusDays(1);
    return rollups
        .rollups(device, first, end, workers)
        .compose(
            found ->
                workers.executeBlocking(
                    () -> {
                      DaySeries[] days =
                          old == null ? new DaySeries[month.lengthOfMonth()] : old.days().clone();
                      Arrays.fill(days, changed[0] - 1, changed[changed.length - 1], null);
                      found.stream()
                          .collect(Collectors.groupingBy(Rollup::day))
                          .forEach(
                              (day, rollupsOfDay) ->
                                  days[day.getDayOfMonth() - 1] = new DaySeries(day, rollupsOfDay));
                      return keep(key, stored.keep(device, month, new MonthSeries(now, days, its)));
                    },
                    false));
  }

  /** Begins to store months that were read from rollups, for the next process. */
  void write() {
    stored.write();
  }

  private synchronized MonthSeries kept(Key key) {
    return kept.get(key);
  }

  private synchronized MonthSeries keep(Key key, MonthSeries month) {
    MonthSeries old = kept.put(key, month);
    keptBytes += month.bytes() - (old == null ? 0 : old.bytes());
    Iterator<Map.Entry<Key, MonthSeries>> eldest = kept.entrySet().iterator();
    while (keptBytes > maxBytes && eldest.hasNext()) {
      keptBytes -= eldest.next().getValue().bytes();
      eldest.remove();
    }
    return month;
  }

  /** Bytes of what is kept, about. */
  synchronized long bytes() {
    return keptBytes;
  }
}
