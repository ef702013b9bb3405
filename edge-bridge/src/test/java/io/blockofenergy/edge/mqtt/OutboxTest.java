package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.mqtt.MqttProperties;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SessionLimits limits =
      new SessionLimits(10, Duration.ofDays(1), 10, 1 << 20, 5, 100_000, 1 << 20, 10, 1 << 20);
  private final Budget budget = new Budget(1 << 20);
  private final FakeLink link = new FakeLink(2);
  private final Outbox outbox = outbox(budget);

  @Test
  void sendsNoMoreThanTheWindowBeforeAnAcknowledgement() {
    outbox.attach(link);
    offer(1, "a", "b", "c");
    assertThat(link.sent).containsExactly("a", "b");
    outbox.acknowledged(link.ids.get(0));
    assertThat(link.sent).containsExactly("a", "b", "c");
    outbox.acknowledged(link.ids.get(1));
    outbox.acknowledged(link.ids.get(2));
    outbox.acknowledged(77);
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(outbox.bytes()).isZero();
    assertThat(budget.used()).isZero();
  }

  @Test
  void keepsQos1And2ForWhoIsAwayAndNotQos0() {
    offer(0, "no");
    offer(1, "one");
    offer(2, "two");
    outbox.attach(link);
    assertThat(link.sent).containsExactly("one", "two");
    assertThat(link.again).isEmpty();
  }

  @Test
  void sendsAgainInTheOldOrderWithTheOldIdsWhatWasNotAcknowledged() {
    outbox.attach(link);
    offer(1, "a", "b", "c");
    outbox.detach();
    FakeLink second = new FakeLink(2);
    outbox.attach(second);
    assertThat(second.sent).containsExactly("a", "b");
    assertThat(second.again).containsExactly("a", "b");
    assertThat(second.ids).isEqualTo(link.ids);
    List.copyOf(second.ids).forEach(outbox::acknowledged);
    assertThat(second.sent).containsExactly("a", "b", "c");
    assertThat(second.again).containsExactly("a", "b");
  }

  @Test
  void goesOnWithQos2WhereItWas() {
    outbox.attach(link);
    offer(2, "a", "b");
    int a = link.ids.get(0);
    int b = link.ids.get(1);
    assertThat(outbox.received(a, false)).isTrue();
    assertThat(link.released).containsExactly(a);
    outbox.detach();
    FakeLink second = new FakeLink(2);
    outbox.attach(second);
    assertThat(second.released).containsExactly(a);
    assertThat(second.sent).containsExactly("b");
    outbox.completed(b); // not received yet
    outbox.completed(a);
    assertThat(outbox.received(b, true)).isTrue();
    assertThat(outbox.received(b, false)).isFalse();
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(budget.used()).isZero();
  }

  @Test
  void dropsTheOldestAtQos0FirstAndThenRefusesTheNewest() {
    link.writable = false;
    outbox.attach(link);
    offer(0, "0a", "0b");
    offer(1, "1a", "1b", "1c");
    offer(1, "1d");
    assertThat(dropped("queue_full")).isEqualTo(1);
    offer(1, "1e");
    assertThat(dropped("queue_full")).isEqualTo(2);
    offer(1, "1f");
    offer(0, "0c");
    assertThat(dropped("queue_full")).isEqualTo(4);
    link.writable = true;
    outbox.pump();
    for (int i = 0; i < link.ids.size(); i++) {
      outbox.acknowledged(link.ids.get(i));
    }
    assertThat(link.sent).containsExactly("1a", "1b", "1c", "1d", "1e");
    assertThat(budget.used()).isZero();
  }

  @Test
  void boundsTheBytesOfOneAndOfAll() {
    offer(1, "x".repeat(60_000));
    offer(1, "y".repeat(60_000));
    assertThat(dropped("queue_full")).isEqualTo(1);
    Outbox small = outbox(new Budget(10_000));
    small.offer(message(1, "z".repeat(20_000), Message.NEVER), 1, false, List.of());
    assertThat(dropped("queue_full")).isEqualTo(2);
    assertThat(small.isEmpty()).isTrue();
  }

  @Test
  void keepsTheOrderOfWhatWaitsBesideAFullWindow() {
    link.writable = false;
    outbox.attach(link);
    offer(1, "1");
    offer(0, "2");
    offer(1, "3");
    offer(0, "4");
    link.writable = true;
    outbox.pump();
    assertThat(link.sent).containsExactly("1", "2", "3", "4");
  }

  @Test
  void countsWhatAwaitedAConnectionThatIsGone() {
    link.writable = false;
    outbox.attach(link);
    offer(0, "a", "b");
    outbox.detach();
    assertThat(dropped("away")).isEqualTo(2);
    assertThat(budget.used()).isZero();
  }

  @Test
  void deliversNothingThatHasExpiredOrIsTooLarge() {
    outbox.offer(message(1, "old", NOW.toEpochMilli()), 1, false, List.of());
    outbox.offer(message(1, "new", NOW.toEpochMilli() + 1), 1, false, List.of());
    outbox.offer(message(1, "too large", Message.NEVER), 1, false, List.of());
    outbox.attach(link);
    assertThat(link.sent).containsExactly("new");
    assertThat(dropped("expired")).isEqualTo(1);
    assertThat(dropped("too_large")).isEqualTo(1);
    outbox.acknowledged(link.ids.get(0));
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void forgetsEverythingAtItsEnd() {
    outbox.attach(link);
    offer(2, "a", "b", "c");
    outbox.received(link.ids.get(0), false);
    outbox.discard();
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(budget.used()).isZero();
  }

  private Outbox outbox(Budget budget) {
    return new Outbox(
        limits,
        budget,
        new DeliveryLog("c", false, null, null),
        null,
        Clock.fixed(NOW, ZoneOffset.UTC),
        new MqttMetrics(registry));
  }

  private void offer(int qos, String... payloads) {
    for (String payload : payloads) {
      outbox.offer(message(qos, payload, Message.NEVER), qos, false, List.of());
    }
  }

  private static Message message(int qos, String payload, long expiresAt) {
    return new Message(
        "t", payload.getBytes(), qos, false, MqttProperties.NO_PROPERTIES, expiresAt);
  }

  private double dropped(String reason) {
    return registry.get("boe.edge.mqtt.dropped").tag("reason", reason).counter().count();
  }

  private static final class FakeLink implements Link {
    final List<String> sent = new ArrayList<>();
    final List<String> again = new ArrayList<>();
    final List<Integer> ids = new ArrayList<>();
    final List<Integer> released = new ArrayList<>();
    final int window;
    boolean writable = true;

    FakeLink(int window) {
      this.window = window;
    }

    @Override
    public int window() {
      return window;
    }

    @Override
    public boolean isWritable() {
      return writable;
    }

    @Override
    public boolean publish(Delivery delivery) {
      String payload = new String(delivery.message().payload());
      if (payload.equals("too large")) {
        return false;
      }
      sent.add(payload);
      if (delivery.wasSentBefore()) {
        again.add(payload);
      }
      if (delivery.qos > 0) {
        ids.add(delivery.packetId);
      }
      return true;
    }

    @Override
    public void release(int packetId) {
      released.add(packetId);
    }
  }
}
