package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * Hands out cut batches in two lanes, so that after an outage what is measured now need not wait
 * behind what was measured meanwhile. Batches are durable before they are returned and the same
 * bytes every time. Safe for any thread.
 */
public interface BatchSource {
  /** From when a batch is; each batch is in one lane. */
  enum Lane {
    /**
     * Batches cut since the first was asked for after start or the last rewind, and the newest of
     * those that waited then; in their order. When many wait, all but the newest become backlog.
     */
    LIVE,

    /** All others, oldest first. */
    BACKLOG
  }

  /**
   * The lane's next batch that was not handed out since start or the last rewind; empty when there
   * is none now. Asking for a live one says that one could be sent: only then readings that have
   * lingered are cut into a batch that is not full. May block on disk: call on a worker.
   *
   * @throws IOException when the batch cannot be read; another try may succeed
   */
  Optional<Batch> next(Lane lane) throws IOException;

  /** The hub has it: release. Acknowledging twice or unknown ids is harmless. */
  void acknowledged(String batchId) throws IOException;

  /** Hand out again everything not acknowledged. */
  void rewind();

  /** When the oldest reading was received that the hub has not acknowledged. */
  Optional<Instant> oldestUnacknowledged();

  /** Called (from any thread) when next() may have something again. */
  void onAvailable(Runnable listener);
}
