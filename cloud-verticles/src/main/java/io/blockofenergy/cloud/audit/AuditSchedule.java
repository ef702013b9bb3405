package io.blockofenergy.cloud.audit;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

/** When full audits are due: a cron expression of five fields, read in UTC. Immutable. */
public final class AuditSchedule {
  /** No full audit but on demand. */
  public static final AuditSchedule NEVER = new AuditSchedule(null);

  private final ExecutionTime times;

  private AuditSchedule(ExecutionTime times) {
    this.times = times;
  }

  /**
   * @param cron as crontab(5) writes it, such as {@code 0 3 1 * *}; {@code never} or nothing for
   *     none
   * @throws IllegalArgumentException when it is not of that form
   */
  public static AuditSchedule of(String cron) {
    if (cron.isBlank() || cron.strip().equals("never")) {
      return NEVER;
    }
    CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    return new AuditSchedule(ExecutionTime.forCron(parser.parse(cron.strip()).validate()));
  }

  /**
   * Whether one was due after {@code since} and up to {@code now}. However many were, one run makes
   * up for them all, as it looks at everything.
   *
   * @param since when the last full audit began
   */
  public boolean isDue(Instant since, Instant now) {
    return previous(now).map(due -> due.isAfter(since)).orElse(false);
  }

  /** The last time that is not after {@code now}. */
  private Optional<Instant> previous(Instant now) {
    // The library's answer lies strictly before what it is asked for.
    return times == null
        ? Optional.empty()
        : times
            .lastExecution(now.plusMillis(1).atZone(ZoneOffset.UTC))
            .map(time -> time.toInstant());
  }
}
