package io.blockofenergy.cloud.local;

import io.blockofenergy.edge.journal.BatchSource;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.SigningKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** A journal's batches, in memory, all of them backlog. */
final class MemoryBatches implements BatchSource {
  private final TreeMap<Long, Batch> waiting = new TreeMap<>();
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final List<String> all = new ArrayList<>();
  private long cursor;

  /**
   * @param padding bytes of each, roughly
   */
  MemoryBatches(String bridge, SigningKey key, int count, int padding) {
    Random random = new Random(7);
    String prev = Batch.NO_PREV;
    for (int seq = 1; seq <= count; seq++) {
      byte[] line = new byte[padding];
      random.nextBytes(line); // does not shrink
      Batch batch = Batch.sign(bridge, "0123abcd", seq, List.of(line), prev, key);
      waiting.put((long) seq, batch);
      all.add(batch.id());
      prev = batch.bodySha256();
    }
  }

  List<String> ids() {
    return all;
  }

  Set<String> acknowledgedIds() {
    return acknowledged;
  }

  boolean isEverythingAcknowledged() {
    return acknowledged.size() == all.size();
  }

  @Override
  public synchronized Optional<Batch> next(Lane lane) {
    if (lane == Lane.LIVE) {
      return Optional.empty();
    }
    var entry = waiting.higherEntry(cursor);
    if (entry == null) {
      return Optional.empty();
    }
    cursor = entry.getKey();
    return Optional.of(entry.getValue());
  }

  @Override
  public synchronized void acknowledged(String batchId) {
    waiting.remove(Long.parseLong(batchId.substring(batchId.lastIndexOf('.') + 1)));
    acknowledged.add(batchId);
  }

  @Override
  public synchronized void rewind() {
    cursor = 0;
  }

  @Override
  public Optional<Instant> oldestUnacknowledged() {
    return Optional.empty();
  }

  @Override
  public void onAvailable(Runnable listener) {
    // Everything is there from the start.
  }
}
