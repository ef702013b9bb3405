package io.blockofenergy.cloud.ledger;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;

/**
 * The witnesses of this log. Each is asked on its own, so that one which is away or slow holds back
 * neither the others nor the log. To be used on the ledger's context.
 */
public final class Witnesses {
  private final List<WitnessSession> sessions;

  /**
   * @param log to prove from that a checkpoint extends the one that a witness has
   */
  public Witnesses(
      Vertx vertx,
      List<WitnessConfig> witnesses,
      LogReader log,
      Cosignatures cosignatures,
      Clock clock,
      MeterRegistry metrics) {
    WitnessCounters counters = new WitnessCounters(metrics);
    sessions =
        witnesses.stream()
            .map(each -> new WitnessSession(vertx, each, log, cosignatures, clock, counters))
            .toList();
  }

  /** To be told of each committed checkpoint; returns at once. */
  public void observe(LogCheckpoint checkpoint) {
    sessions.forEach(session -> session.observe(checkpoint));
  }

  /** To be told of each checkpoint that is going to be anchored; returns at once. */
  public void anchoring(LogCheckpoint checkpoint) {
    sessions.forEach(session -> session.anchoring(checkpoint));
  }

  /** Ends what is under way. */
  public Future<Void> close() {
    return Future.join(sessions.stream().map(WitnessSession::close).toList())
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }
}
