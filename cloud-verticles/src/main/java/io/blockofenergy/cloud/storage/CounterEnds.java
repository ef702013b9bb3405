package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds the readings whose energy counters bound a period, without loading the period: each look-up
 * is the end of a walk of the index (device, measuredAt), and where the counter was reset between
 * them, halving the time finds the place. It takes a device's counter to have one epoch after the
 * other: an epoch that comes back within the period is taken not to have been interrupted. Futures
 * fail with {@link MalformedQueryException} when a bound of the work is reached, and with {@link
 * ErasedReadingException} when an end may have been erased, and with {@link MixedBridgesException}
 * when the device's readings are of more than one bridge or site. Safe for any thread.
 */
public final class CounterEnds {
  private static final String COUNTER = "energyImportKwh";

  /** Of sensors that say power and energy in different messages, some must be passed over. */
  private static final int FIRST_PAGE = 4;

  private static final int PAGE = 200;
  private static final int MAX_PAGES = 6;
  private static final int MAX_SPANS = 16;

  private final ReadingStore readings;

  public CounterEnds(ReadingStore readings) {
    this.readings = readings;
  }

  /**
   * The spans of a device's counter in a period, by time, one for each epoch. A span begins with
   * the epoch's last reading before the period, or, when the epoch begins in the period, with its
   * first reading. Empty when there is no reading with a counter in the period.
   *
   * @param from the period's begin
   * @param to when it ends, exclusive
   */
  public Future<List<CounterSpan>> spans(String device, Instant from, Instant to) {
    return lastBefore(device, to)
        .compose(
            last -> {
              if (last.isEmpty() || last.get().measuredAt().isBefore(from)) {
                return Future.succeededFuture(List.of());
              }
              return lastBefore(device, from)
                  .compose(
                      base ->
                          base.map(Future::succeededFuture)
                              .orElseGet(() -> firstIn(device, from, last.get())))
                  .compose(first -> follow(device, from, first, last.get(), new ArrayList<>()))
                  .compose(spans -> ofOneBridge(device, from, to, spans));
            });
  }

  /** A device's name is unique at its bridge only. */
  private Future<List<CounterSpan>> ofOneBridge(
      String device, Instant from, Instant to, List<CounterSpan> spans) {
    String bridge = spans.get(0).last().bridge();
    String site = spans.get(0).last().site();
    boolean mixed =
        spans.stream()
            .flatMap(span -> Stream.of(span.first(), span.last()))
            .anyMatch(end -> !end.bridge().equals(bridge) || !end.site().equals(site));
    return (mixed
            ? Future.succeededFuture(true)
            : readings.comesFromElsewhere(device, from, to, bridge, site))
        .compose(
            elsewhere ->
                elsewhere
                    ? Future.failedFuture(new MixedBridgesException(device))
                    : Future.succeededFuture(spans));
  }

  /** The first reading of a device that has none before the period. */
  private Future<Reading> firstIn(String device, Instant from, Reading last) {
    return first(device, from, last, reading -> true);
  }

  private Future<List<CounterSpan>> follow(
      String device, Instant from, Reading first, Reading last, List<CounterSpan> spans) {
    if (first.counterEpoch().equals(last.counterEpoch())) {
      spans.add(new CounterSpan(first, last));
      return Future.succeededFuture(spans);
    }
    if (spans.size() == MAX_SPANS) {
      return Future.failedFuture(
          new MalformedQueryException(
              "the counter of " + device + " was reset more than " + MAX_SPANS + " times"));
    }
    String epoch = first.counterEpoch();
    return first(device, first.measuredAt(), last, next -> !next.counterEpoch().equals(epoch))
        .compose(
            next ->
                lastBefore(device, next.measuredAt())
                    .compose(
                        before -> {
                          // Nothing of an epoch that ended before the period counts.
                          before
                              .filter(end -> end.counterEpoch().equals(epoch))
                              .filter(end -> !end.measuredAt().isBefore(first.measuredAt()))
                              .filter(end -> !end.measuredAt().isBefore(from))
                              .ifPresent(end -> spans.add(new CounterSpan(first, end)));
                          return follow(device, from, next, last, spans);
                        }));
  }

  /**
   * The first reading after {@code from} that {@code wanted} accepts, when it accepts all later
   * ones too, {@code last} among them.
   */
  private Future<Reading> first(
      String device, Instant from, Reading last, Predicate<Reading> wanted) {
    long low = from.toEpochMilli();
    long high = last.measuredAt().toEpochMilli();
    if (low >= high) {
      return Future.succeededFuture(last);
    }
    // Up to and with the middle: below high, so the search ends.
    Instant middle = Instant.ofEpochMilli(low + (high - low) / 2);
    return lastBefore(device, middle.plusMillis(1))
        .compose(
            found ->
                found.filter(at -> !at.measuredAt().isBefore(from)).filter(wanted).isPresent()
                    ? first(device, from, found.get(), wanted)
                    : first(device, middle.plusMillis(1), last, wanted));
  }

  /** The device's last reading with a counter that was measured before an instant. */
  private Future<Optional<Reading>> lastBefore(String device, Instant to) {
    return lastBefore(device, to, Optional.empty(), 0);
  }

  private Future<Optional<Reading>> lastBefore(
      String device, Instant to, Optional<String> cursor, int pages) {
    if (pages == MAX_PAGES) {
      return Future.failedFuture(
          new MalformedQueryException(
              device + " has no energy counter in its last 1000 readings before " + to));
    }
    return readings
        .query(
            new ReadingQuery(
                Optional.of(device),
                Optional.empty(),
                Optional.of(to),
                pages == 0 ? FIRST_PAGE : PAGE,
                cursor))
        .compose(
            page -> {
              if (!page.broken().isEmpty()) {
                return Future.failedFuture(new DamagedReadingException(page.broken().get(0)));
              }
              Optional<Reading> counter =
                  page.readings().stream()
                      .filter(reading -> reading.quantities().containsKey(COUNTER))
                      .findFirst();
              if (!page.erased().isEmpty()) {
                return unlessErasedSince(device, to, counter, page.erased().get(0));
              }
              return counter.isPresent() || page.nextCursor().isEmpty()
                  ? Future.succeededFuture(counter)
                  : lastBefore(device, to, page.nextCursor(), pages + 1);
            });
  }

  /** An erased reading after the one found may have been the one that is wanted. */
  private Future<Optional<Reading>> unlessErasedSince(
      String device, Instant to, Optional<Reading> counter, StoredReading erased) {
    if (counter.isEmpty()) {
      return Future.failedFuture(new ErasedReadingException(erased));
    }
    Instant after = counter.get().measuredAt().plusMillis(1);
    if (!after.isBefore(to)) {
      return Future.succeededFuture(counter);
    }
    return readings
        .query(
            new ReadingQuery(
                Optional.of(device), Optional.of(after), Optional.of(to), PAGE, Optional.empty()))
        .compose(
            since ->
                since.erased().isEmpty()
                    ? Future.succeededFuture(counter)
                    : Future.failedFuture(new ErasedReadingException(since.erased().get(0))));
  }
}
