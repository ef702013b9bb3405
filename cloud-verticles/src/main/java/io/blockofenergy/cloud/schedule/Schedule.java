package io.blockofenergy.cloud.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

/** When something is due: a cron expression of five fields, read in UTC. Immutable. */
public final class Schedule {
  /** Only on demand. */
  public static final Schedule NEVER = new Schedule(null);

  private final ExecutionTime times;

  private Schedule(ExecutionTime times) {
    this.times = times;
  }

  /**
   * @param cron as crontab(5) writes it, such as {@code 0 3 1 * *}; {@code never} or nothing for
   *     none
   * @throws IllegalArgumentException when it is not of that form
   */
  public static Schedule of(String cron) {
    if (cron.isBlank() || cron.strip().equals("never")) {
      return NEVER;
    }
    CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    return new Schedule(ExecutionTime.forCron(parser.parse(cron.strip()).validate()));
  }

  /**
   * Whether it was due after {@code since} and up to {@code now}. However often it was, one run
   * makes up for them all.
   *
   * @param since when it last began
   */
  public boolean isDue(Instant since, Instant now) {
    return previous(now).map(due -> due.isAfter(since)).orElse(false);
  }

  /** The last time that is not after {@code now}. */
  public Optional<Instant> previous(Instant now) {
    // The library's answer lies strictly before what it is asked for.
    return times == null
        ? Optional.empty()
        : times
            .lastExecution(now.plusMillis(1).atZone(ZoneOffset.UTC))
            .map(time -> time.toInstant());
  }
}
