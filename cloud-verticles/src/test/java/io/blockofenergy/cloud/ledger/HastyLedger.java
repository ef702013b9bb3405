package io.blockofenergy.cloud.ledger;

import java.nio.file.Path;
import java.time.Duration;

/** Settings of a ledger that does everything within milliseconds. */
public final class HastyLedger {
  public static final String ORIGIN = "test.example/log";

  private HastyLedger() {}

  /** With a lease as in production: nobody takes over from somebody who is slow. */
  public static LedgerConfig config() {
    return config(Duration.ofSeconds(5));
  }

  public static LedgerConfig config(Duration lease) {
    return new LedgerConfig(
        ORIGIN, Path.of("."), Duration.ofMillis(10), Duration.ofMillis(20), 1000, 1 << 20, lease);
  }
}
