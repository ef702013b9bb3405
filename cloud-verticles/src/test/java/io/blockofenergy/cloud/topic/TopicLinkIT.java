package io.blockofenergy.cloud.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.local.LocalBroker;
import io.blockofenergy.cloud.local.LocalBrokerConfig;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicLinkIT {
  private static final AmqpConfig BASE = AmqpConfig.from(Settings.of(Map.of()));

  @TempDir Path data;
  private Vertx vertx;
  private LocalBroker broker;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    broker = new LocalBroker(data, new LocalBrokerConfig(0, 32 << 20, 100));
    broker.start();
  }

  @AfterEach
  void stop() throws Exception {
    Await.result(vertx.close());
    broker.close();
  }

  @Test
  void noMoreMessagesAreUnsettledThanTheCredit() throws Exception {
    TopicSender sender = sender(broker.clientConfig(BASE));
    List<Future<Void>> sent = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      sent.add(sender.send(message("m" + i)));
    }
    Await.result(Future.all(sent));
    ConcurrentLinkedQueue<Promise<Settlement>> held = new ConcurrentLinkedQueue<>();
    TopicReceiver receiver =
        new TopicReceiver(
            vertx,
            broker.clientConfig(BASE),
            Addresses.STORAGE,
            3,
            delivery -> {
              Promise<Settlement> promise = Promise.promise();
              held.add(promise);
              return promise.future();
            });
    receiver.start();
    Await.until("three came", () -> held.size() == 3);
    // The broker has had the time to send more once the other subscription got all of them.
    AtomicInteger other = new AtomicInteger();
    TopicReceiver ledger =
        new TopicReceiver(
            vertx,
            broker.clientConfig(BASE),
            Addresses.LEDGER,
            3,
            delivery -> {
              other.incrementAndGet();
              return Future.succeededFuture(Settlement.accept());
            });
    ledger.start();
    Await.until("all came", () -> other.get() == 50);
    assertThat(held).hasSize(3);
    assertThat(receiver.unsettled()).isEqualTo(3);

    held.poll().complete(Settlement.accept());
    Await.until("one more came", () -> held.size() == 3);
    assertThat(receiver.unsettled()).isEqualTo(3);
  }

  @Test
  void aReleasedMessageComesAgainAfterItsDelay() throws Exception {
    Await.result(sender(broker.clientConfig(BASE)).send(message("again")));
    ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
    TopicReceiver receiver =
        new TopicReceiver(
            vertx,
            broker.clientConfig(BASE),
            Addresses.STORAGE,
            1,
            delivery -> {
              times.add(System.nanoTime());
              return Future.succeededFuture(
                  times.size() == 1
                      ? Settlement.release(Duration.ofMillis(200), "busy")
                      : Settlement.accept());
            });
    receiver.start();
    Await.until("settled", () -> broker.messageCount(Addresses.STORAGE) == 0);
    List<Long> seen = List.copyOf(times);
    assertThat(seen).hasSize(2);
    assertThat(seen.get(1) - seen.get(0)).isGreaterThanOrEqualTo(200_000_000L);
  }

  @Test
  void nothingAcknowledgedIsLostWhenTheBrokerRestartsMidStream() throws Exception {
    broker.close();
    int port = FreePort.draw();
    LocalBrokerConfig fixed = new LocalBrokerConfig(port, 32 << 20, 100);
    broker = new LocalBroker(data, fixed);
    broker.start();
    AmqpConfig config = broker.clientConfig(BASE);
    int count = 400;
    Set<String> settled = ConcurrentHashMap.newKeySet();
    TopicReceiver receiver =
        new TopicReceiver(
            vertx,
            config,
            Addresses.STORAGE,
            10,
            delivery -> {
              settled.add(delivery.message().messageId());
              return Future.succeededFuture(Settlement.accept());
            });
    receiver.start();
    TopicSender sender = sender(config);
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    AtomicInteger next = new AtomicInteger();
    for (int i = 0; i < 8; i++) {
      sendNext(sender, next, count, acknowledged);
    }
    for (int round = 1; round <= 2; round++) {
      int enough = round * 100;
      Await.until("under way", () -> acknowledged.size() >= enough);
      broker.close();
      Await.until("noticed", () -> sender.problem().isPresent());
      broker = new LocalBroker(data, fixed);
      broker.start();
    }
    Await.until("all acknowledged", () -> acknowledged.size() == count);
    Await.until("all received", () -> settled.containsAll(acknowledged));
    Await.until("all settled", () -> broker.messageCount(Addresses.STORAGE) == 0);
    assertThat(sender.problem()).isEmpty();
    assertThat(receiver.problem()).isEmpty();
    assertThat(sender.heldBytes()).isZero();
  }

  @Test
  void aSendWithoutABrokerFailsInTimeAndHoldsNoMoreThanItsBound() throws Exception {
    AmqpConfig config =
        AmqpConfig.from(
            Settings.of(
                Map.of(
                    "BOE_AMQP_PORT", Integer.toString(FreePort.draw()),
                    "BOE_AMQP_SEND_TIMEOUT", "200ms",
                    "BOE_AMQP_MAX_IN_FLIGHT_BYTES", "1MiB")));
    TopicSender sender = sender(config);
    Future<Void> first = sender.send(message("first", 1_000_000));
    Future<Void> second = sender.send(message("second", 1_000_000));
    assertThat(second.failed()).isTrue();
    assertThat(second.cause()).isInstanceOf(UnavailableException.class);
    assertThat(Await.failure(first)).isInstanceOf(UnavailableException.class);
    assertThat(sender.heldBytes()).isZero();
    assertThat(sender.problem()).isPresent();
  }

  @Test
  void aPeerThatNeverAnswersFailsTheSend() throws Exception {
    try (ServerSocket silent = new ServerSocket(0)) {
      AmqpConfig config =
          AmqpConfig.from(
              Settings.of(
                  Map.of(
                      "BOE_AMQP_PORT",
                      Integer.toString(silent.getLocalPort()),
                      "BOE_AMQP_SEND_TIMEOUT",
                      "200ms")));
      TopicSender sender = sender(config);
      assertThat(Await.failure(sender.send(message("m")))).isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void aClosedSenderFailsWhatItHoldsAndWhatComes() throws Exception {
    AmqpConfig nowhere =
        AmqpConfig.from(Settings.of(Map.of("BOE_AMQP_PORT", Integer.toString(FreePort.draw()))));
    TopicSender sender = sender(nowhere);
    Future<Void> held = sender.send(message("held"));
    Await.result(sender.close());
    assertThat(Await.failure(held)).isInstanceOf(UnavailableException.class);
    assertThat(Await.failure(sender.send(message("late"))))
        .isInstanceOf(UnavailableException.class);
    assertThat(sender.heldBytes()).isZero();
  }

  /** One after the other, each until it is acknowledged. */
  private static void sendNext(
      TopicSender sender, AtomicInteger next, int count, Set<String> acknowledged) {
    int n = next.getAndIncrement();
    if (n < count) {
      sendUntilAcknowledged(sender, "m" + n)
          .onSuccess(
              v -> {
                acknowledged.add("m" + n);
                sendNext(sender, next, count, acknowledged);
              });
    }
  }

  private static Future<Void> sendUntilAcknowledged(TopicSender sender, String id) {
    return sender.send(message(id, 5_000)).recover(failure -> sendUntilAcknowledged(sender, id));
  }

  private TopicSender sender(AmqpConfig config) {
    TopicSender sender = new TopicSender(vertx, config, Addresses.TELEMETRY_TOPIC);
    sender.start();
    return sender;
  }

  private static TopicMessage message(String id) {
    return message(id, 100);
  }

  private static TopicMessage message(String id, int bytes) {
    return new TopicMessage(id, null, null, Map.of(), Map.of(), new byte[bytes]);
  }
}
