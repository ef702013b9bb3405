package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.EnumCounters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/** What came of asking witnesses. Safe for any thread. */
final class WitnessCounters {
  /** How a request to cosign ended. */
  enum Outcome {
    /** With a cosignature that is stored. */
    COSIGNED,
    /** The witness is away, slow, does not know this log, or says what makes no sense. */
    FAILED,
    /** The witness does not find that this log only grew. */
    REFUSED
  }

  private final EnumCounters<Outcome> counters;

  WitnessCounters(MeterRegistry metrics) {
    counters =
        new EnumCounters<>(
            metrics,
            Outcome.class,
            "boe.cloud.ledger.witness.requests",
            "checkpoints that witnesses were asked to cosign",
            "outcome",
            Tags.empty());
  }

  void count(Outcome outcome) {
    counters.increment(outcome);
  }
}
