package io.blockofenergy.cloud.audit;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** What can be told about a run beyond what it counts. */
public final class AuditProgress {
  /** Before that the rate is that of a start, not of the run. */
  private static final long MIN_CHECKED = 100;

  private static final Duration MIN_ELAPSED = Duration.ofSeconds(1);

  private AuditProgress() {}

  /**
   * The run's object with {@code phase}, what it does now ({@code checking} when the run does not
   * say, null once it has ended), and {@code remainingSeconds}, an estimate by its rate so far;
   * null when there is nothing to estimate from or nothing left.
   *
   * @param run as the audit writes it; not changed
   */
  public static JsonObject show(JsonObject run, Instant now) {
    JsonObject shown = run.copy();
    boolean running = "running".equals(run.getValue("state"));
    Object phase = run.getValue("phase");
    return shown
        .put("phase", running ? phase == null ? "checking" : phase : null)
        .put("remainingSeconds", running ? remainingSeconds(run, now) : null);
  }

  private static Long remainingSeconds(JsonObject run, Instant now) {
    if (!(run.getValue("checked") instanceof Number checked)
        || !(run.getValue("total") instanceof Number total)
        || checked.longValue() < MIN_CHECKED
        || total.longValue() < checked.longValue()) {
      return null;
    }
    try {
      Duration elapsed = Duration.between(Instant.parse(run.getString("startedAt")), now);
      if (elapsed.compareTo(MIN_ELAPSED) < 0) {
        return null;
      }
      double left = total.doubleValue() - checked.doubleValue();
      return (long) Math.ceil(left * elapsed.toMillis() / checked.doubleValue() / 1000);
    } catch (DateTimeParseException | ClassCastException | NullPointerException e) {
      return null; // somebody has changed the document
    }
  }
}
