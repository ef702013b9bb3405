package io.blockofenergy.edge.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.MovableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When a batch is due: soon while the allowance lasts, else after the linger. */
class BacklogTest {
  private static final Duration MOMENT = Duration.ofMillis(50);
  private static final Duration ALMOST = Duration.ofMillis(49);
  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final int BYTES = 600;

  private final MovableClock clock = MovableClock.standingAt(Instant.parse("2026-11-25T12:00:00Z"));
  private long seq;

  @Test
  void aReadingWaitsAMomentForOthersWhileTheAllowanceLasts() {
    Backlog backlog = backlog(LINGER, 60);
    arrive(backlog);
    clock.move(ALMOST);
    assertThat(backlog.isDue()).isFalse();
    arrive(backlog);
    clock.move(MOMENT.minus(ALMOST));
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void whenTheAllowanceIsSpentReadingsWaitForTheNextUnit() {
    Backlog backlog = backlog(LINGER, 120); // one unit each half second
    spend(backlog, 120);
    arrive(backlog);
    clock.move(Duration.ofMillis(499));
    assertThat(backlog.isDue()).isFalse();
    clock.move(Duration.ofMillis(1));
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void noReadingWaitsLongerThanTheLinger() {
    Backlog backlog = backlog(LINGER, 1);
    spend(backlog, 1000);
    arrive(backlog);
    clock.move(LINGER.minusMillis(1));
    assertThat(backlog.isDue()).isFalse();
    clock.move(Duration.ofMillis(1));
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void aLingerShorterThanTheMomentIsKept() {
    Backlog backlog = backlog(Duration.ofMillis(5), 60);
    arrive(backlog);
    clock.move(Duration.ofMillis(5));
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void aLongLingerIsKeptWhateverIsAllowed() {
    Duration linger = Duration.ofMinutes(15);
    Backlog backlog = backlog(linger, 1_000_000);
    arrive(backlog);
    clock.move(linger.minusMillis(1));
    assertThat(backlog.isDue()).isFalse();
    clock.move(Duration.ofMillis(1));
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void withoutAnAllowanceReadingsLinger() {
    Backlog backlog = backlog(LINGER, 0);
    arrive(backlog);
    clock.move(LINGER.minusMillis(1));
    assertThat(backlog.isDue()).isFalse();
    clock.move(Duration.ofMillis(1));
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void inTheLongRunNoMoreIsSpentThanIsAllowed() {
    int perMinute = 30;
    Backlog backlog = backlog(Duration.ofSeconds(5), perMinute);
    int minutes = 60;
    int spent = 0;
    for (int i = 0; i < minutes * 60 * 100; i++) {
      clock.move(Duration.ofMillis(10));
      arrive(backlog);
      if (backlog.isDue()) {
        spent += 2; // each batch is as large as two units
        spend(backlog, 2);
      }
    }
    assertThat(spent).isBetween(minutes * perMinute, (minutes + 2) * perMinute);
  }

  @Test
  void aDebtIsForgottenAfterTwoMinutesOfQuiet() {
    Backlog backlog = backlog(LINGER, 60);
    spend(backlog, 1_000_000); // an outage was made up for
    clock.move(Duration.ofMinutes(2));
    arrive(backlog);
    clock.move(MOMENT);
    assertThat(backlog.isDue()).isTrue();
  }

  @Test
  void aClockThatIsPutBackLetsNothingWaitLongerThanTheLinger() {
    Backlog backlog = backlog(LINGER, 60);
    spend(backlog, 60);
    arrive(backlog);
    clock.move(Duration.ofHours(-1));
    assertThat(backlog.isDue()).isFalse();
    clock.move(LINGER);
    assertThat(backlog.isDue()).isTrue();
  }

  private Backlog backlog(Duration linger, int promptUnits) {
    Backlog backlog = new Backlog(clock, linger, promptUnits, 0);
    backlog.add(new Segment(Path.of("segment"), 0, 0));
    backlog.want();
    return backlog;
  }

  private void arrive(Backlog backlog) {
    backlog.extend(++seq, BYTES, clock.millis());
  }

  /** Cuts whatever waits into one batch. */
  private void spend(Backlog backlog, int units) {
    backlog.cut(seq, backlog.uncutReadings() * BYTES, units);
    backlog.want();
  }
}
