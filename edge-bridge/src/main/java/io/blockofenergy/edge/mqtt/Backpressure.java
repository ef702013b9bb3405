package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * When publishers have to wait: for room among the unacknowledged messages of all connections, or
 * for the journal. Used on one event loop.
 */
final class Backpressure {
  private static final long JOURNAL_POLL_MILLIS = 50;

  private final Vertx vertx;
  private final Intake intake;
  private final long maxUnacknowledgedBytes;
  private final Set<MqttConnection> forRoom = new LinkedHashSet<>();
  private final Set<MqttConnection> forJournal = new LinkedHashSet<>();
  private long unacknowledgedBytes;
  private boolean polling;

  Backpressure(Vertx vertx, Intake intake, long maxUnacknowledgedBytes) {
    this.vertx = vertx;
    this.intake = intake;
    this.maxUnacknowledgedBytes = maxUnacknowledgedBytes;
  }

  void took(int bytes) {
    unacknowledgedBytes += bytes;
  }

  void gaveBack(int bytes) {
    unacknowledgedBytes -= bytes;
    if (!forRoom.isEmpty() && unacknowledgedBytes < maxUnacknowledgedBytes / 2) {
      List<MqttConnection> waited = new ArrayList<>(forRoom);
      forRoom.clear();
      // Not from here: what they then bring may come back here.
      vertx.runOnContext(now -> waited.forEach(MqttConnection::roomMade));
    }
  }

  boolean hasRoom() {
    return unacknowledgedBytes <= maxUnacknowledgedBytes;
  }

  void awaitRoom(MqttConnection connection) {
    forRoom.add(connection);
  }

  /** Whether a message that its sender does not keep would be refused now. */
  boolean wouldLose(String topic) {
    return intake.isFull() && intake.accepts(topic);
  }

  /** The journal belongs to other threads, and has room again seldom: it is asked. */
  void awaitJournal(MqttConnection connection) {
    forJournal.add(connection);
    if (!polling) {
      polling = true;
      vertx.setPeriodic(JOURNAL_POLL_MILLIS, this::poll);
    }
  }

  private void poll(long timer) {
    if (!forJournal.isEmpty() && !intake.isFull()) {
      List<MqttConnection> waited = new ArrayList<>(forJournal);
      forJournal.clear();
      waited.forEach(MqttConnection::journalHasRoom);
    }
    if (forJournal.isEmpty()) {
      polling = false;
      vertx.cancelTimer(timer);
    }
  }

  void gone(MqttConnection connection) {
    forRoom.remove(connection);
    forJournal.remove(connection);
  }
}
