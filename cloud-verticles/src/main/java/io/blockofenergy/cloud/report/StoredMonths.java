package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.ReportMonths;
import io.blockofenergy.cloud.storage.RollupStore;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Months as the store keeps them for the next process, in {@link MonthForm}. A cache: whatever
 * fails is logged at debug, and the rollups are read. Days that are not over are not kept, for they
 * change with each reading. Safe for any thread.
 */
final class StoredMonths {
  private static final Logger log = LoggerFactory.getLogger(StoredMonths.class);

  /** Writes under way. */
  private static final int LANES = 2;

  /** What waits to be written; what is more is not kept this time. */
  private static final long MAX_WAITING_BYTES = 32 << 20;

  private record Key(String device, YearMonth month) {}

  private record Waiting(Map<Integer, Long> versions, byte[] form) {}

  private final ReportMonths store;
  private final RollupStore rollups;
  private final WorkerExecutor workers;
  private final Clock clock;
  private final LinkedHashMap<Key, Waiting> waiting = new LinkedHashMap<>();
  private long waitingBytes;
  private int writing;

  StoredMonths(ReportMonths store, RollupStore rollups, WorkerExecutor workers, Clock clock) {
    this.store = store;
    this.rollups = rollups;
    this.workers = workers;
    this.clock = clock;
  }

  /**
   * What is kept of a device's months, by month. Never fails.
   *
   * @param versions those that are looked for, with the days' versions as they are now; their first
   *     and last are at most {@value RollupStore#MAX_MONTHS} months apart
   */
  Future<Map<YearMonth, MonthSeries>> find(
      String device, TreeMap<YearMonth, Map<Integer, Long>> versions) {
    return store
        .find(device, versions.firstKey(), versions.lastKey().plusMonths(1))
        .compose(found -> workers.executeBlocking(() -> read(found, versions), false))
        .otherwise(
            failure -> {
              log.debug("no stored months of {} can be read", device, failure);
              return Map.of();
            });
  }

  private static Map<YearMonth, MonthSeries> read(
      Map<YearMonth, byte[]> found, Map<YearMonth, Map<Integer, Long>> versions) {
    Map<YearMonth, MonthSeries> months = new HashMap<>();
    found.forEach(
        (month, form) -> {
          if (versions.containsKey(month)) {
            MonthForm.read(month, form)
                .filter(kept -> isOf(kept.versions(), versions.get(month)))
                .ifPresent(kept -> months.put(month, kept));
          }
        });
    return months;
  }

  /** Versions only grow: if one was greater, they have begun anew and mean something else. */
  private static boolean isOf(Map<Integer, Long> kept, Map<Integer, Long> now) {
    return kept.entrySet().stream()
        .allMatch(day -> now.getOrDefault(day.getKey(), Long.MIN_VALUE) >= day.getValue());
  }

  /**
   * Has a month kept, if it is worth it, once {@link #write} is called: a month that is past when
   * anything differs from what is kept, the running one when more than a day does. Takes a few
   * milliseconds.
   *
   * @return the month, with what will be kept of it
   */
  MonthSeries keep(String device, YearMonth month, MonthSeries read) {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    Map<Integer, Long> over = new HashMap<>(read.versions());
    over.keySet().removeIf(day -> !month.atDay(day).isBefore(today));
    long differing =
        over.entrySet().stream()
            .filter(day -> !day.getValue().equals(read.stored().get(day.getKey())))
            .count();
    if (differing == 0 || differing == 1 && !month.isBefore(YearMonth.from(today))) {
      return read;
    }
    return MonthForm.of(over, read.days())
        .map(
            form -> {
              add(new Key(device, month), new Waiting(over, form));
              return new MonthSeries(read.versions(), read.days(), Map.copyOf(over));
            })
        .orElse(read);
  }

  private synchronized void add(Key key, Waiting month) {
    if (waitingBytes + month.form().length <= MAX_WAITING_BYTES) {
      Waiting before = waiting.put(key, month);
      waitingBytes += month.form().length - (before == null ? 0 : before.form().length);
    }
  }

  /** Begins to write what waits; nobody need wait for it. */
  void write() {
    for (int lane = 0; lane < LANES; lane++) {
      Key key;
      Waiting month;
      synchronized (this) {
        Iterator<Map.Entry<Key, Waiting>> first = waiting.entrySet().iterator();
        if (writing == LANES || !first.hasNext()) {
          return;
        }
        Map.Entry<Key, Waiting> next = first.next();
        key = next.getKey();
        month = next.getValue();
        first.remove();
        waitingBytes -= month.form().length;
        writing++;
      }
      Future.succeededFuture() // what is thrown is a failure too
          .compose(v -> write(key, month))
          .onComplete(
              written -> {
                synchronized (this) {
                  writing--;
                  if (written.failed()) {
                    waiting.clear(); // the others would hardly fare better
                    waitingBytes = 0;
                  }
                }
                if (written.failed()) {
                  log.debug("{} of {} is not stored", key.month(), key.device(), written.cause());
                }
                write();
              });
    }
  }

  /**
   * A day that has changed meanwhile may have lost an erased reading, and whoever erased it may
   * have looked for stored months before this one was written.
   */
  private Future<Void> write(Key key, Waiting month) {
    return store
        .put(key.device(), key.month(), month.form())
        .compose(v -> rollups.versions(key.device(), key.month(), key.month().plusMonths(1)))
        .compose(
            versions ->
                versions
                        .getOrDefault(key.month(), Map.of())
                        .entrySet()
                        .containsAll(month.versions().entrySet())
                    ? Future.succeededFuture()
                    : store.remove(key.device(), key.month()));
  }
}
