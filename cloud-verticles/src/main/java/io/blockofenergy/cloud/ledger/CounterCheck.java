package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Computes a device's energy in a period anew from the readings that a statement names. Immutable.
 *
 * @param device the sensor
 * @param from begin of the period
 * @param to its end, exclusive
 * @param kind which rules hold
 */
record CounterCheck(String device, Instant from, Instant to, Kind kind) {
  static final String QUANTITY = "energyImportKwh";

  /** Whole microwatt-hours, which reports count in. */
  private static final int REPORT_DECIMALS = 9;

  private static final Duration SILENCE = Duration.ofHours(1);

  /** Of what statement a counter is part. */
  enum Kind {
    /** Exact numbers; another epoch begins after the one before. */
    DAY("day"),

    /**
     * Numbers rounded half up to whole microwatt-hours; spans of one epoch may follow each other
     * where the counter fell.
     */
    REPORT("period");

    private final String noun;

    Kind(String noun) {
      this.noun = noun;
    }

    /** What the reading's counter shows, as a decimal of the number as RFC 8785 writes it. */
    BigDecimal counter(Reading reading) {
      // As RFC 8785 writes the number, which Double.toString does not always.
      byte[] written = CanonicalJson.bytes(reading.quantities().get(QUANTITY));
      BigDecimal exact = new BigDecimal(new String(written, StandardCharsets.US_ASCII));
      return this == REPORT ? exact.setScale(REPORT_DECIMALS, RoundingMode.HALF_UP) : exact;
    }

    /** Exact: decimals as they are written, not the nearest doubles. */
    BigDecimal energy(Reading first, Reading last) {
      return counter(last).subtract(counter(first));
    }

    StatedCounter state(CounterSpan span) {
      return new StatedCounter(
          span.first().counterEpoch(),
          span.first().id(),
          span.last().id(),
          energy(span.first(), span.last()).doubleValue());
    }
  }

  static String plain(BigDecimal number) {
    BigDecimal stripped = number.stripTrailingZeros();
    return stripped.signum() == 0 ? "0" : stripped.toPlainString();
  }

  /**
   * Their sum, when all follow from the readings.
   *
   * @param counters by time
   * @param readings by id, proved to be in the log
   * @param used takes the ids of those that were needed
   * @param shown takes what was shown, in plain words
   * @throws MalformedProofException when a figure does not follow
   */
  BigDecimal verify(
      List<StatedCounter> counters,
      Map<String, Reading> readings,
      Set<String> used,
      List<String> shown) {
    BigDecimal sum = BigDecimal.ZERO;
    Reading before = null;
    for (StatedCounter counter : counters) {
      Reading first = reading(counter.first(), counter, readings);
      Reading last = reading(counter.last(), counter, readings);
      used.add(counter.first());
      used.add(counter.last());
      inOrder(first, last);
      if (before != null) {
        follows(before, first, shown);
      }
      BigDecimal energy = kind.energy(first, last);
      if (energy.doubleValue() != counter.energyImportKwh()) {
        throw new MalformedProofException(
            "from "
                + counter.first()
                + " to "
                + counter.last()
                + " the counter went by "
                + plain(energy)
                + " kWh, not "
                + counter.energyImportKwh());
      }
      sum = sum.add(energy);
      shown.add(words(first, last, energy));
      before = last;
    }
    return sum;
  }

  private Reading reading(String id, StatedCounter counter, Map<String, Reading> readings) {
    Reading reading = readings.get(id);
    if (reading == null) {
      throw new MalformedProofException("the statement names " + id + ", which is no input");
    }
    if (!reading.device().equals(device)) {
      throw new MalformedProofException(
          id + " is of " + reading.device() + ", the statement is on " + device);
    }
    if (!reading.quantities().containsKey(QUANTITY)) {
      throw new MalformedProofException(id + " has no " + QUANTITY);
    }
    if (!reading.counterEpoch().equals(counter.epoch())) {
      throw new MalformedProofException(
          id + " is not of the counter epoch \"" + counter.epoch() + "\" that is stated");
    }
    return reading;
  }

  private void inOrder(Reading first, Reading last) {
    if (last.measuredAt().isBefore(from) || !last.measuredAt().isBefore(to)) {
      throw new MalformedProofException(last.id() + " was not measured on that " + kind.noun);
    }
    if (first.measuredAt().isAfter(last.measuredAt())) {
      throw new MalformedProofException(first.id() + " was measured after " + last.id());
    }
  }

  /**
   * @param before the last reading of the counter before
   */
  private void follows(Reading before, Reading first, List<String> shown) {
    boolean later =
        kind == Kind.DAY
            ? before.measuredAt().isBefore(first.measuredAt())
            : !before.measuredAt().isAfter(first.measuredAt());
    if (!later) {
      throw new MalformedProofException(first.id() + " was not measured after " + before.id());
    }
    if (!before.counterEpoch().equals(first.counterEpoch())) {
      return;
    }
    if (kind == Kind.DAY) {
      throw new MalformedProofException("two counters in turn are of the same epoch");
    }
    // Else energy between the two would be left out.
    if (kind.counter(first).compareTo(kind.counter(before)) >= 0) {
      throw new MalformedProofException(
          "from " + before.id() + " to " + first.id() + " the counter did not fall");
    }
    shown.add(
        "Then it fell to "
            + plain(kind.counter(first))
            + " kWh, at "
            + Reading.format(first.measuredAt())
            + ": nothing is counted for that, and counting goes on from there.");
  }

  private String words(Reading first, Reading last, BigDecimal energy) {
    StringBuilder words =
        new StringBuilder(kind == Kind.DAY ? "The counter" : "The counter of " + device)
            .append(" stood at ")
            .append(plain(kind.counter(first)))
            .append(" kWh at ")
            .append(Reading.format(first.measuredAt()));
    if (first.measuredAt().isBefore(from)) {
      words
          .append(" (")
          .append(span(first.measuredAt(), from))
          .append(" before the ")
          .append(kind.noun)
          .append(')');
    }
    words
        .append(" and at ")
        .append(plain(kind.counter(last)))
        .append(" kWh at ")
        .append(Reading.format(last.measuredAt()))
        .append(" (")
        .append(span(last.measuredAt(), to))
        .append(" before the ")
        .append(kind.noun)
        .append(" ended): ")
        .append(plain(energy))
        .append(" kWh.");
    if (energy.signum() < 0) {
      words.append(" It went backwards, which a counter should not.");
    }
    return words.toString();
  }

  /**
   * What must stand beside a period's energy: of a counter whose readings were silent for long
   * before it, some of the energy may be of that time. Empty when none was silent for an hour.
   *
   * @param from begin of the period
   * @param ends the readings that the energy is between
   */
  static String since(Instant from, Collection<Reading> ends) {
    return ends.stream()
        .map(Reading::measuredAt)
        .min(Comparator.naturalOrder())
        .filter(first -> first.isBefore(from.minus(SILENCE)))
        .map(first -> ", of which some may be of the time since " + Reading.format(first))
        .orElse("");
  }

  private static String span(Instant from, Instant to) {
    Duration between = Duration.between(from, to);
    if (between.toSeconds() < 120) {
      return between.toSeconds() + " s";
    }
    long minutes = between.toMinutes();
    return minutes < 120 ? minutes + " min" : minutes / 60 + " h " + minutes % 60 + " min";
  }

  /** A device's name is unique at its bridge only, so two meters may bear it. */
  static void oneSource(Iterable<Reading> readings) {
    Reading one = null;
    for (Reading each : readings) {
      one = one == null ? each : one;
      if (!each.bridge().equals(one.bridge()) || !each.site().equals(one.site())) {
        throw new MalformedProofException(
            one.id() + " and " + each.id() + " are not of one bridge and one site");
      }
    }
  }
}
