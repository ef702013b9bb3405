package io.blockofenergy.cloud.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What all tests with the real device SDK need. */
final class UplinkTests {
  private UplinkTests() {}

  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within 60 s").isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** The SDK's threads are no daemons: one that is left would keep the process alive. */
  static void assertNoThreadOfTheSdkIsLeft() {
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> !thread.isDaemon() && thread.getName().contains("azure-iot-sdk"))
        .isEmpty();
  }
}
