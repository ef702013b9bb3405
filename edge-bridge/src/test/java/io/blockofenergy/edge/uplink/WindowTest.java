package io.blockofenergy.edge.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WindowTest {
  private final Window window = new Window(100, 1 << 20);
  private long now;
  private int number;

  @Test
  void aBacklogAloneLeavesRoomForLiveBatches() {
    while (window.hasRoomFor(Lane.BACKLOG)) {
      send(Lane.BACKLOG);
    }
    assertThat(window.size()).isEqualTo(Window.FIRST / 2);
    assertThat(window.hasRoomFor(Lane.LIVE)).isTrue();
  }

  @Test
  void liveBatchesLeaveRoomForABacklog() {
    while (window.hasRoomFor(Lane.LIVE)) {
      send(Lane.LIVE);
    }
    assertThat(window.hasRoomFor(Lane.BACKLOG)).isTrue();
    assertThat(window.hasRoom()).isTrue(); // for more live ones if there is no backlog
  }

  @Test
  void bytesAreSharedAsBatchesAre() {
    Window small = new Window(100, 1000);
    for (int i = 0; i < 3; i++) {
      small.sent("live" + i, new Window.Sent(Lane.LIVE, 1, 250, now));
    }
    assertThat(small.hasRoomFor(Lane.LIVE)).isFalse();
    assertThat(small.hasRoomFor(Lane.BACKLOG)).isTrue();
  }

  @Test
  void theOldestOnItsWayIsTheFirstThatIsNotAcknowledged() {
    assertThat(window.oldestNanos(now)).isZero();
    String first = send(Lane.BACKLOG);
    now += 100;
    send(Lane.LIVE);
    assertThat(window.oldestNanos(now)).isEqualTo(100);
    window.acknowledged(first, now);
    assertThat(window.oldestNanos(now)).isZero();
  }

  @Test
  void aHubThatAcknowledgesInTimeIsGivenMore() {
    for (int round = 0; round < 50; round++) {
      fill();
      acknowledgeAll(10);
    }
    assertThat(window.limit()).isEqualTo(100);
  }

  @Test
  void aWindowThatIsNotFullDoesNotGrow() {
    for (int i = 0; i < 100; i++) {
      String id = send(Lane.LIVE);
      window.acknowledged(id, now);
    }
    assertThat(window.limit()).isEqualTo(Window.FIRST);
  }

  @Test
  void aHubThatAcknowledgesLateIsGivenLessButNeverLessThanAFew() {
    for (int round = 0; round < 50; round++) {
      fill();
      acknowledgeAll(10);
    }
    fill();
    acknowledgeAll(3_000);
    assertThat(window.limit()).isEqualTo(75); // once for all that were late together
    for (int round = 0; round < 50; round++) {
      fill();
      acknowledgeAll(3_000);
    }
    assertThat(window.limit()).isEqualTo(Window.SMALLEST);
    assertThat(window.hasRoomFor(Lane.LIVE)).isTrue();
    assertThat(window.hasRoomFor(Lane.BACKLOG)).isTrue();
  }

  @Test
  void bytesAreBoundedButOneBatchMayAlwaysGo() {
    Window small = new Window(100, 10);
    assertThat(small.hasRoom()).isTrue();
    small.sent("b", new Window.Sent(Lane.LIVE, 1, 1000, now));
    assertThat(small.hasRoom()).isFalse();
    assertThat(small.acknowledged("b", now)).isPresent();
    assertThat(small.acknowledged("b", now)).isEmpty();
    assertThat(small.hasRoom()).isTrue();
  }

  @Test
  void theSmallestWindowServesBothLanes() {
    Window small = new Window(2, 1 << 20);
    small.sent("b", new Window.Sent(Lane.BACKLOG, 1, 1, now));
    assertThat(small.hasRoomFor(Lane.BACKLOG)).isFalse();
    assertThat(small.hasRoomFor(Lane.LIVE)).isTrue();
  }

  private String send(Lane lane) {
    String id = "b" + number++;
    window.sent(id, new Window.Sent(lane, 1, 1, now));
    return id;
  }

  private int sentFrom;

  private void fill() {
    sentFrom = number;
    while (window.hasRoomFor(Lane.LIVE)) {
      send(Lane.LIVE);
    }
    while (window.hasRoom()) {
      send(Lane.BACKLOG);
    }
  }

  private void acknowledgeAll(long afterMillis) {
    now += TimeUnit.MILLISECONDS.toNanos(afterMillis);
    for (int i = sentFrom; i < number; i++) {
      window.acknowledged("b" + i, now);
    }
  }
}
