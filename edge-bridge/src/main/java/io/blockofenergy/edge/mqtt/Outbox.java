package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.mqtt.MqttMetrics.Drop;
import io.vertx.core.Context;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What waits for one subscriber, and what it has not acknowledged yet. Bounded in messages and
 * bytes: when it is full the oldest messages at QoS 0 make way, and when there are none the newest
 * is refused; both are counted. Messages at QoS 1 and 2 of a kept session survive the connection
 * and, through the store, the process; QoS 2 arrives once even then. Used on one event loop.
 */
final class Outbox {
  /** Retained messages that are looked at before others get their turn. */
  private static final int LOOKS = 256;

  private final SessionLimits limits;
  private final Budget budget;
  private final DeliveryLog log;
  private final Context context;
  private final Clock clock;
  private final MqttMetrics metrics;

  /** At QoS 0, then at QoS 1 and 2. */
  private final Deque<Delivery> atMostOnce = new ArrayDeque<>();

  private final Deque<Delivery> waiting = new ArrayDeque<>();

  private final InFlight inFlight = new InFlight();

  /** Of retained messages that are still to be sent, by the filter of their subscription. */
  private final Map<String, RetainedMessages.Cursor> cursors = new LinkedHashMap<>();

  private long bytes;
  private long nextNumber;
  private Link link;
  private boolean pumping;
  private boolean retainedIsNext;

  /**
   * @param budget what all outboxes share
   */
  Outbox(
      SessionLimits limits,
      Budget budget,
      DeliveryLog log,
      Context context,
      Clock clock,
      MqttMetrics metrics) {
    this.limits = limits;
    this.budget = budget;
    this.log = log;
    this.context = context;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** Takes up what the store has kept; to be called in the order of the numbers. */
  void recover(Delivery delivery) {
    nextNumber = delivery.number + 1;
    inFlight.recover(delivery.packetId);
    account(delivery.bytes());
    if (delivery.isReceived()) {
      inFlight.add(delivery);
    } else {
      waiting.add(delivery);
    }
  }

  /** Everything at QoS 1 and 2 that the subscriber does not have yet. */
  boolean isEmpty() {
    return waiting.isEmpty() && inFlight.size() == 0;
  }

  long bytes() {
    return bytes;
  }

  /**
   * Queues a message.
   *
   * @return whether the store keeps it: then it is durable after the next sync
   */
  boolean offer(Message message, int qos, boolean retain, List<Integer> identifiers) {
    if (qos == 0 && link == null) {
      return false; // not kept for who is away
    }
    if (qos == 0 && atMostOnce.isEmpty() && waiting.isEmpty() && link.isWritable()) {
      send(new Delivery(0, message, qos, retain, identifiers, 0));
      return false;
    }
    if (!makeRoomFor(Delivery.bytes(message, identifiers))) {
      metrics.dropped(Drop.QUEUE_FULL, 1);
      return false;
    }
    enqueue(message, qos, retain, identifiers);
    pump();
    return log.isKept() && qos > 0;
  }

  /** Lets the subscriber have the retained messages of a new subscription. */
  void offer(RetainedMessages.Cursor retained) {
    String filter = retained.subscription().filter().text();
    cursors.remove(filter); // it begins anew, behind the others
    cursors.put(filter, retained);
    pump();
  }

  /** That filter gets no more retained messages. */
  void unsubscribed(String filter) {
    cursors.remove(filter);
  }

  /** Forgets what waits on topics that are not allowed any more. */
  void forgetUnless(Predicate<String> allowed) {
    List<Delivery> all = new ArrayList<>(inFlight.all());
    all.addAll(waiting);
    for (Delivery delivery : all) {
      if (!delivery.isReceived() && !allowed.test(delivery.message().topic())) {
        waiting.remove(delivery);
        forget(delivery);
      }
    }
  }

  private boolean makeRoomFor(int needed) {
    while (atMostOnce.size() + waiting.size() + inFlight.size() >= limits.maxQueuedMessages()
        || bytes + needed > limits.maxQueuedBytes()
        || !budget.hasRoomFor(needed)) {
      Delivery oldest = atMostOnce.poll();
      if (oldest == null) {
        return false;
      }
      account(-oldest.bytes());
      metrics.dropped(Drop.QUEUE_FULL, 1);
    }
    return true;
  }

  private void enqueue(Message message, int qos, boolean retain, List<Integer> identifiers) {
    int packetId = qos == 0 ? 0 : inFlight.newPacketId();
    Delivery delivery = new Delivery(nextNumber++, message, qos, retain, identifiers, packetId);
    account(delivery.bytes());
    (qos == 0 ? atMostOnce : waiting).add(delivery);
    if (qos > 0) {
      log.put(delivery, this::pump);
    }
  }

  private void account(long more) {
    bytes += more;
    budget.take(more);
  }

  /** The subscriber is there: it gets first what it has not acknowledged (MQTT-4.4.0-1). */
  void attach(Link connected) {
    link = connected;
    List<Delivery> sent = new ArrayList<>(inFlight.all());
    Collections.reverse(sent);
    for (Delivery delivery : sent) {
      if (!delivery.isReceived()) {
        inFlight.remove(delivery);
        waiting.addFirst(delivery);
      }
    }
    for (Delivery delivery : inFlight.all()) {
      if (delivery.isDurable()) {
        link.release(delivery.packetId);
      }
    }
    pump();
  }

  /** The subscriber is away: QoS 0 is not kept for it. */
  void detach() {
    link = null;
    metrics.dropped(Drop.AWAY, atMostOnce.size());
    atMostOnce.forEach(delivery -> account(-delivery.bytes()));
    atMostOnce.clear();
  }

  /** Forgets everything; nothing may be called after it. */
  void discard() {
    detach();
    waiting.forEach(this::forget);
    waiting.clear();
    inFlight.all().forEach(this::forget);
    cursors.clear();
  }

  private void forget(Delivery delivery) {
    account(-delivery.bytes());
    inFlight.remove(delivery);
    inFlight.free(delivery.packetId);
    log.delete(delivery);
  }

  /** Sends what the connection and the subscriber's window have room for. */
  void pump() {
    if (pumping) {
      return; // sending may bring more work, which the loop below finds
    }
    pumping = true;
    try {
      while (link != null && link.isWritable() && step()) {
        // step() has sent one message, or looked for one
      }
    } finally {
      pumping = false;
    }
  }

  /** Live and retained messages take turns; whether there may be more to do. */
  private boolean step() {
    retainedIsNext = !retainedIsNext;
    return retainedIsNext ? sendRetained() || sendQueued() : sendQueued() || sendRetained();
  }

  private boolean sendQueued() {
    Delivery once = atMostOnce.peek();
    Delivery head = waiting.peek();
    if (head != null && (!head.isDurable() || inFlight.size() >= link.window())) {
      head = null;
    }
    if (once == null && head == null) {
      return false;
    }
    if (head == null || once != null && once.number < head.number) {
      atMostOnce.remove();
      account(-once.bytes());
      send(once);
    } else {
      waiting.remove();
      if (send(head)) {
        head.sent();
        inFlight.add(head);
      } else {
        forget(head);
      }
    }
    return true;
  }

  private boolean send(Delivery delivery) {
    boolean begun = delivery.qos == 2 && delivery.wasSentBefore();
    if (!begun && delivery.message().hasExpired(clock.millis())) {
      metrics.dropped(Drop.EXPIRED, 1);
      return false;
    }
    if (!link.publish(delivery)) {
      metrics.dropped(Drop.TOO_LARGE, 1);
      return false;
    }
    metrics.delivered();
    return true;
  }

  /** At most one waits because the window is full: the rest stays where it is. */
  private boolean sendRetained() {
    if (cursors.isEmpty() || !waiting.isEmpty()) {
      return false;
    }
    RetainedMessages.Cursor cursor = cursors.values().iterator().next();
    Message message = cursor.next(LOOKS);
    if (cursor.isDone()) {
      cursors.remove(cursor.subscription().filter().text());
      return true;
    }
    if (message == null) {
      context.runOnContext(now -> pump());
      return false;
    }
    Subscription subscription = cursor.subscription();
    int qos = Math.min(message.qos(), subscription.qos());
    List<Integer> identifiers =
        subscription.identifier() == 0 ? List.of() : List.of(subscription.identifier());
    if (qos == 0) {
      send(new Delivery(0, message, qos, true, identifiers, 0));
    } else {
      enqueue(message, qos, true, identifiers);
    }
    return true;
  }

  /** PUBACK. */
  void acknowledged(int packetId) {
    Delivery delivery = inFlight.get(packetId);
    if (delivery != null && delivery.qos == 1) {
      forget(delivery);
      pump();
    }
  }

  /**
   * PUBREC.
   *
   * @param refused whether its reason code is an error
   * @return false for a packet id that is not in flight
   */
  boolean received(int packetId, boolean refused) {
    Delivery delivery = inFlight.get(packetId);
    if (delivery == null || delivery.qos != 2) {
      return false;
    }
    if (refused) {
      forget(delivery);
      pump();
    } else if (!delivery.isReceived()) {
      account(-delivery.bytes());
      delivery.received();
      account(delivery.bytes());
      log.put(delivery, () -> release(delivery));
    }
    release(delivery);
    return true;
  }

  /** Not before a crash would find it received. */
  private void release(Delivery delivery) {
    if (link != null && delivery.isDurable() && inFlight.get(delivery.packetId) == delivery) {
      link.release(delivery.packetId);
    }
  }

  /** PUBCOMP. */
  void completed(int packetId) {
    Delivery delivery = inFlight.get(packetId);
    if (delivery != null && delivery.isReceived()) {
      forget(delivery);
      pump();
    }
  }
}
