package io.blockofenergy.cloud.ledger;

import io.vertx.core.Future;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One process's hold on the log, as a document of the store that is renewed while it lives. The
 * lease only says whose turn it is: that nobody else writes is seen to by the epoch, which the
 * store compares at each write that counts ({@link LogStore#fence}). So a clock that is wrong, or a
 * take-over that was too early, costs a change of writers and never the log.
 *
 * <p>Not safe for threads, but {@link #isHeld} is.
 */
final class WriterLease {
  /** {@code <process>@<host>/<random>}, as the JVM names itself. */
  private static final Pattern HOLDER = Pattern.compile("([0-9]+)@([^/]*)/[0-9a-f]{8}");

  private final LogStore store;
  private final Duration duration;
  private final Clock clock;
  private final LongSupplier nanos;
  private final String process = ManagementFactory.getRuntimeMXBean().getName();
  private final String holder = process + '/' + HexFormat.of().toHexDigits(new Random().nextInt());

  private Lease seen;
  private long seenAt;
  private boolean looked;
  private long refusedBy;
  private volatile Lease held;

  /**
   * @param nanos a clock that is never set, such as {@code System::nanoTime}
   */
  WriterLease(LogStore store, Duration duration, Clock clock, LongSupplier nanos) {
    this.store = store;
    this.duration = duration;
    this.clock = clock;
    this.nanos = nanos;
  }

  boolean isHeld() {
    return held != null;
  }

  /** The epoch to write with; only while it is held. */
  long epoch() {
    return held.epoch();
  }

  /** Who holds it, as far as is known here. */
  Optional<String> otherHolder() {
    return Optional.ofNullable(seen).map(Lease::holder).filter(name -> !name.isEmpty());
  }

  /** Takes it when it is free or has run out; whether it is held then. */
  Future<Boolean> acquire() {
    return store.lease().compose(found -> found.isEmpty() ? takeFirst() : take(found.get()));
  }

  private Future<Boolean> takeFirst() {
    Lease first = new Lease(holder, refusedBy + 1, 0, expiry());
    return store.createLease(first).map(created -> keep(created, first));
  }

  private Future<Boolean> take(Lease found) {
    boolean mine = found.holder().equals(holder);
    if (mine && found.epoch() > refusedBy) {
      // Taken before by a write whose answer was lost.
      return Future.succeededFuture(keep(true, found));
    }
    boolean first = !looked;
    looked = true;
    if (!found.equals(seen)) {
      seen = found;
      seenAt = nanos.getAsLong();
    }
    boolean over =
        mine
            || !clock.instant().isBefore(found.expiresAt())
            || nanos.getAsLong() - seenAt >= duration.toNanos()
            // At first sight only: two hosts of one name would take it from each other for ever.
            || (first && hasDied(found.holder()));
    if (!over) {
      return Future.succeededFuture(false);
    }
    long epoch = Math.max(found.epoch(), refusedBy) + 1;
    Lease next = new Lease(holder, epoch, 0, expiry());
    return store.takeLease(found, next).map(taken -> keep(taken, next));
  }

  private boolean keep(boolean mine, Lease lease) {
    held = mine ? lease : null;
    return mine;
  }

  /** After kill -9 of the writer on this host nobody needs to wait for its lease to run out. */
  private boolean hasDied(String name) {
    Matcher parts = HOLDER.matcher(name);
    return parts.matches()
        && parts.group(2).equals(process.substring(process.indexOf('@') + 1))
        && parts.group(1).length() < 19
        && ProcessHandle.of(Long.parseLong(parts.group(1))).isEmpty();
  }

  /** False when another has taken it: it is not held any more. */
  Future<Boolean> renew() {
    Lease mine = held;
    Lease next = mine.renewed(expiry());
    return store.renewLease(next).map(renewed -> held == mine ? keep(renewed, next) : isHeld());
  }

  /**
   * To be called when the store knows a later epoch.
   *
   * @param epoch that one: what is taken next is beyond it, even if the lease's document was lost
   */
  void lose(long epoch) {
    held = null;
    refusedBy = Math.max(refusedBy, epoch);
  }

  /** Gives it back, so that the next process need not wait. */
  Future<Void> release() {
    Lease mine = held;
    if (mine == null) {
      return Future.succeededFuture();
    }
    held = null;
    return store.renewLease(mine.renewed(Instant.EPOCH)).mapEmpty();
  }

  private Instant expiry() {
    return clock.instant().plus(duration).truncatedTo(ChronoUnit.MILLIS);
  }
}
