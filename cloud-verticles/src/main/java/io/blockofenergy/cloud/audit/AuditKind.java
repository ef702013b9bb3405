package io.blockofenergy.cloud.audit;

import java.util.Locale;

/** What an audit covers. */
public enum AuditKind {
  /** Everything. */
  FULL,
  /** What has come since the last audit. */
  CONTINUOUS;

  /** As the API writes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
