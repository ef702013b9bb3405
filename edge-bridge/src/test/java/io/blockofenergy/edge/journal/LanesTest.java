package io.blockofenergy.edge.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LanesTest {
  private static final int READINGS = 10;

  private final Lanes lanes = new Lanes(new TreeMap<>());

  @Test
  void theNewestThatWaitsIsLiveAndTheRestIsBacklogInOrder() {
    add(1, 2, 3, 4);
    assertThat(all(Lane.LIVE)).containsExactly(4L);
    assertThat(all(Lane.BACKLOG)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void whatIsCutLaterIsLiveInOrder() {
    add(1, 2);
    assertThat(all(Lane.LIVE)).containsExactly(2L);
    add(3, 4);
    assertThat(all(Lane.LIVE)).containsExactly(3L, 4L);
    assertThat(all(Lane.BACKLOG)).containsExactly(1L);
  }

  @Test
  void withoutAnyAtTheBeginningAllIsLive() {
    assertThat(all(Lane.LIVE)).isEmpty();
    add(1, 2);
    assertThat(all(Lane.BACKLOG)).isEmpty();
    assertThat(all(Lane.LIVE)).containsExactly(1L, 2L);
  }

  @Test
  void liveBatchesThatNobodyTakesBecomeBacklogButForTheNewest() {
    assertThat(lanes.next(Lane.LIVE)).isEmpty();
    long count = Lanes.MAX_LIVE + 1;
    LongStream.rangeClosed(1, count).forEach(this::add);
    assertThat(all(Lane.LIVE)).containsExactly(count);
    assertThat(all(Lane.BACKLOG))
        .containsExactlyElementsOf(LongStream.range(1, count).boxed().toList());
  }

  @Test
  void whatWasHandedOutAsLiveIsNotHandedOutAgainAsBacklog() {
    assertThat(lanes.next(Lane.LIVE)).isEmpty();
    add(1, 2);
    assertThat(all(Lane.LIVE)).containsExactly(1L, 2L);
    LongStream.rangeClosed(3, 3 + Lanes.MAX_LIVE).forEach(this::add);
    assertThat(all(Lane.BACKLOG)).first().isEqualTo(3L);
  }

  @Test
  void afterRewindEverythingThatWaitsIsHandedOutAgainOnce() {
    add(1, 2, 3);
    all(Lane.LIVE);
    all(Lane.BACKLOG);
    lanes.remove(lanes.find(1 * READINGS).orElseThrow());
    lanes.rewind();
    assertThat(all(Lane.LIVE)).containsExactly(3L);
    assertThat(all(Lane.BACKLOG)).containsExactly(2L);
    assertThat(all(Lane.LIVE)).isEmpty();
  }

  @Test
  void whatIsGivenBackIsNextAgainInItsLane() {
    add(1, 2, 3);
    BatchFile live = lanes.next(Lane.LIVE).orElseThrow();
    BatchFile first = lanes.next(Lane.BACKLOG).orElseThrow();
    BatchFile second = lanes.next(Lane.BACKLOG).orElseThrow();
    lanes.giveBack(live);
    lanes.giveBack(first);
    assertThat(all(Lane.LIVE)).containsExactly(3L);
    assertThat(all(Lane.BACKLOG)).containsExactly(1L);
    assertThat(number(second)).isEqualTo(2);
  }

  private void add(long... numbers) {
    for (long number : numbers) {
      lanes.add(new BatchFile(Path.of("unused"), number * READINGS, READINGS, 0, "", 0));
    }
  }

  private List<Long> all(Lane lane) {
    List<Long> numbers = new ArrayList<>();
    Optional<BatchFile> next;
    while ((next = lanes.next(lane)).isPresent()) {
      numbers.add(number(next.get()));
    }
    return numbers;
  }

  private static long number(BatchFile file) {
    return file.firstSeq() / READINGS;
  }
}
