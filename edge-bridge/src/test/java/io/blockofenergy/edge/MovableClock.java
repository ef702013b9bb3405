package io.blockofenergy.edge;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands, or runs, where a test puts it. Safe for any thread. */
public final class MovableClock extends Clock {
  private final Clock clock;
  private volatile Duration offset = Duration.ZERO;

  private MovableClock(Clock clock) {
    this.clock = clock;
  }

  /** The system's clock, until it is put elsewhere. */
  public static MovableClock running() {
    return new MovableClock(Clock.systemUTC());
  }

  /** A clock that stands still. */
  public static MovableClock standingAt(Instant instant) {
    return new MovableClock(Clock.fixed(instant, ZoneOffset.UTC));
  }

  public void move(Duration by) {
    offset = offset.plus(by);
  }

  @Override
  public Instant instant() {
    return clock.instant().plus(offset);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("UTC is the only zone of instants");
  }
}
