package io.blockofenergy.cloud.audit;

import java.time.Clock;
import java.time.Duration;

/** The system's clock, put ahead at will. */
final class MovableClock extends Clock {
  volatile Duration ahead = Duration.ZERO;

  @Override
  public java.time.ZoneId getZone() {
    return java.time.ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(java.time.ZoneId zone) {
    throw new UnsupportedOperationException();
  }

  @Override
  public java.time.Instant instant() {
    return Clock.systemUTC().instant().plus(ahead);
  }
}
