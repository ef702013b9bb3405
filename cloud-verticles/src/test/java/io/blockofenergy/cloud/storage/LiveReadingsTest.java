package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveReadingsTest {
  private final Vertx vertx = Vertx.vertx();
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final LiveReadings live = new LiveReadings(vertx, Clock.systemUTC());
  private final Queue<List<String>> messages = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void listen() throws Exception {
    Await.result(
        vertx
            .eventBus()
            .<JsonObject>consumer(
                LiveReadings.ADDRESS,
                message ->
                    messages.add(
                        message.body().getJsonArray("readings").stream()
                            .map(reading -> ((JsonObject) reading).getString("id"))
                            .toList()))
            .completion());
  }

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
  }

  @Test
  void aReadingThatComesAloneIsShownAtOnceAndThoseRightAfterItTogether() {
    Reading first = TestReadings.reading(1, "boiler", now);
    Reading second = TestReadings.reading(2, "boiler", now);
    Reading third = TestReadings.reading(3, "fridge", now);
    // On the loop of its timers, so that none of them comes in between.
    vertx.runOnContext(
        v -> {
          live.offer(List.of(first));
          live.offer(List.of(second));
          live.offer(List.of(third));
        });
    Await.until("all are shown", () -> messages.size() == 2);
    assertThat(messages).containsExactly(List.of(first.id()), List.of(second.id(), third.id()));
  }

  @Test
  void afterARestTheNextIsShownAtOnceAgain() {
    for (int i = 1; i <= 3; i++) {
      Reading reading = TestReadings.reading(i, "boiler", now);
      int count = i;
      vertx.runOnContext(v -> live.offer(List.of(reading)));
      Await.until("it is shown", () -> messages.size() == count);
    }
    assertThat(messages).allMatch(message -> message.size() == 1);
  }

  @Test
  void ofTooManyTheOldestAreNotShown() {
    vertx.runOnContext(
        v -> {
          live.offer(TestReadings.readings(1, 1, 3, now));
          live.offer(TestReadings.readings(2, 400, 3, now));
          live.offer(TestReadings.readings(402, 400, 3, now));
        });
    Await.until("all are shown", () -> messages.size() == 2);
    messages.remove();
    assertThat(messages.remove())
        .hasSize(500)
        .contains(TestReadings.reading(801, "plug0", now).id())
        .doesNotContain(TestReadings.reading(301, "plug1", now).id());
  }
}
