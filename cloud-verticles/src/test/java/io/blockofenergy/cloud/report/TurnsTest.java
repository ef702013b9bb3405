package io.blockofenergy.cloud.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns(2, 1);
  private final List<Promise<String>> begun = new ArrayList<>();

  private Future<String> take() {
    return turns.take(
        () -> {
          Promise<String> work = Promise.promise();
          begun.add(work);
          return work.future();
        });
  }

  @Test
  void soMuchIsUnderWaySoMuchWaitsAndMoreIsRefused() {
    Future<String> first = take();
    take();
    Future<String> third = take();
    Future<String> refused = take();
    assertThat(begun).hasSize(2);
    assertThat(refused.cause()).isInstanceOf(UnavailableException.class);
    begun.get(0).complete("done");
    assertThat(first.result()).isEqualTo("done");
    assertThat(begun).hasSize(3);
    begun.get(2).complete("done too");
    assertThat(third.result()).isEqualTo("done too");
  }

  @Test
  void whatFailsOrThrowsGivesItsTurnAwayToo() {
    for (int i = 0; i < 5; i++) {
      Future<String> failed = take();
      begun.get(i).fail("why");
      assertThat(failed.failed()).isTrue();
      Future<String> thrown =
          turns.take(
              () -> {
                throw new IllegalStateException("why");
              });
      assertThat(thrown.cause()).isInstanceOf(IllegalStateException.class);
    }
    take();
    take();
    assertThat(begun).hasSize(7);
  }
}
