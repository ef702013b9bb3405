package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StepsTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private Future<Void> onContext(Supplier<Future<Void>> work) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(v -> work.get().onComplete(done));
    return done.future();
  }

  /** Completes later, as an answer of the store does. */
  private <T> Future<T> later(T value) {
    Promise<T> answer = Promise.promise();
    vertx.runOnContext(v -> answer.complete(value));
    return answer.future();
  }

  @Test
  void aHundredThousandStepsNeedNoDeeperStackThanOne() {
    AtomicInteger taken = new AtomicInteger();
    await(onContext(() -> new Steps(() -> later(taken.incrementAndGet() < 100_000)).run()));
    assertThat(taken).hasValue(100_000);
    AtomicInteger atOnce = new AtomicInteger();
    await(
        onContext(
            () ->
                new Steps(() -> Future.succeededFuture(atOnce.incrementAndGet() < 100_000)).run()));
    assertThat(atOnce).hasValue(100_000);
  }

  @Test
  void itemsAreTakenOneAfterTheOtherAndNoneAfterAFailure() {
    List<Integer> items = IntStream.range(0, 10).boxed().toList();
    List<Integer> taken = new ArrayList<>();
    await(onContext(() -> Steps.each(items, item -> later(taken.add(item)).mapEmpty()).run()));
    assertThat(taken).isEqualTo(items);
    await(onContext(() -> Steps.each(List.<Integer>of(), item -> later(null)).run()));

    List<Integer> begun = new ArrayList<>();
    Future<Void> failing =
        onContext(
            () ->
                Steps.each(
                        items,
                        item -> {
                          begun.add(item);
                          if (item == 3) {
                            throw new IllegalStateException("three");
                          }
                          return later(null);
                        })
                    .run());
    assertThatThrownBy(() -> await(failing)).hasMessageContaining("three");
    assertThat(begun).containsExactly(0, 1, 2, 3);
  }
}
