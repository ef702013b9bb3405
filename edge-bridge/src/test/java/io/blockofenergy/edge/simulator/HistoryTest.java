package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:07:09Z");
  private static final Duration STEP = Duration.ofMinutes(15);

  @TempDir private Path directory;
  private Path marker;

  @BeforeEach
  void chooseMarker() {
    marker = directory.resolve("sub/history.properties");
  }

  @Test
  void everyMeterAtEveryStepInTimeOrder() throws IOException {
    History history = History.open(null, 4, 2, STEP, NOW);
    List<Instant> instants = new ArrayList<>();
    for (History.Item item = history.next(); item != null; item = history.next()) {
      assertThat(item.meter).isEqualTo(instants.size() % 4);
      instants.add(item.at);
      history.acknowledged(item);
    }
    assertThat(instants).hasSize(2 * 96 * 4).isSorted();
    assertThat(instants.get(0)).isEqualTo(Instant.parse("2026-11-21T12:15:00Z"));
    assertThat(instants.get(instants.size() - 1)).isEqualTo(Instant.parse("2026-11-23T12:00:00Z"));
    assertThat(history.done()).isTrue();
    assertThat(history.percent()).isEqualTo(100);
  }

  @Test
  void whatWasAcknowledgedIsNotPublishedAgainAfterABreak() throws IOException {
    History first = History.open(marker, 2, 1, STEP, NOW);
    List<History.Item> items = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      items.add(first.next());
    }
    // Out of order: 4 is missing, so what lies behind it does not count yet.
    for (int i : List.of(1, 0, 3, 2, 5, 9)) {
      first.acknowledged(items.get(i));
    }
    first.save();

    assertThat(first.mayRepeat()).isFalse();

    History second = History.open(marker, 2, 1, STEP, NOW.plusSeconds(86_400));
    assertThat(second.mayRepeat()).isTrue();
    assertThat(second.next().at).isEqualTo(items.get(4).at);
    second.rewind();
    for (History.Item item = second.next(); item != null; item = second.next()) {
      assertThat(item.at).isBefore(NOW);
      second.acknowledged(item);
    }
    second.save();
    assertThat(History.open(marker, 2, 1, STEP, NOW.plusSeconds(172_800)).done()).isTrue();
  }

  @Test
  void aLostConnectionRewindsToTheFirstUnacknowledged() throws IOException {
    History history = History.open(null, 2, 1, STEP, NOW);
    History.Item first = history.next();
    History.Item second = history.next();
    history.next();
    history.acknowledged(first);
    history.rewind();
    History.Item again = history.next();
    assertThat(again.at).isEqualTo(second.at);
    assertThat(again.meter).isEqualTo(second.meter);
    assertThat(history.outstanding()).isEqualTo(1);
    assertThat(history.mayRepeat()).isTrue();
  }

  @Test
  void withoutDaysThereIsNothingToDoAndNothingToRemember() throws IOException {
    History none = History.open(marker, 4, 0, STEP, NOW);
    assertThat(none.next()).isNull();
    assertThat(none.done()).isTrue();
    none.save();
    assertThat(marker).doesNotExist();
  }

  @Test
  void aMarkerThatIsNoneIsAnError() throws IOException {
    Files.createDirectories(marker.getParent());
    Files.writeString(marker, "until=yesterday\n");
    assertThatThrownBy(() -> History.open(marker, 4, 1, STEP, NOW))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("history.properties");
  }
}
