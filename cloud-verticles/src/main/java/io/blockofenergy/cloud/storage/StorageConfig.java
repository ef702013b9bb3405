package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Settings;

/**
 * Storage's settings. Immutable.
 *
 * @param unsettledBatches how many batches are worked on at a time; each may hold 8 MiB
 * @param workers threads for unfolding and parsing
 */
public record StorageConfig(int unsettledBatches, int workers) {
  public static StorageConfig from(Settings s) {
    return new StorageConfig(
        s.integer("storage.unsettledBatches", 8, 1, 1000, "batches that are stored at a time"),
        s.integer("storage.workers", 2, 1, 64, "threads that unfold batches"));
  }
}
