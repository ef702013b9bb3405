package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import java.io.IOException;
import java.util.Optional;

/** Hands out cut batches in order. Safe for any thread. */
public interface BatchSource {
  /**
   * The next batch not handed out since start or the last rewind, in order; cuts one when linger or
   * size says so; empty when there is none now. May block on disk: call on a worker. Batches are
   * durable before they are returned and the same bytes every time.
   */
  Optional<Batch> next() throws IOException;

  /** The hub has it: release. Acknowledging twice or unknown ids is harmless. */
  void acknowledged(String batchId) throws IOException;

  /** Hand out again everything not acknowledged, oldest first. */
  void rewind();

  /** Called (from any thread) when next() may have something again. */
  void onAvailable(Runnable listener);
}
