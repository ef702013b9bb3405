package io.blockofenergy.cloud.report;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How long a report's period is. */
public enum ReportKind {
  DAILY("2026-11-23"),
  WEEKLY("2026-W48"),
  MONTHLY("2026-11"),
  YEARLY("2026");

  private final String example;

  ReportKind(String example) {
    this.example = example;
  }

  /** A date of this kind, as people are shown it. */
  public String example() {
    return example;
  }

  /** {@code daily} and so on, as in paths and reports. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind of that {@link #text}. */
  public static Optional<ReportKind> parse(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text().equals(text)).findFirst();
  }
}
