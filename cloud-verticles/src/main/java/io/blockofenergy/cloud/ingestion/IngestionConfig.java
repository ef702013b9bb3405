package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.telemetry.Settings;

/**
 * Ingestion's settings. Immutable.
 *
 * @param source AMQP address of the hub's event stream
 * @param unsettledBatches how many batches are worked on at a time; each may hold 8 MiB while its
 *     form is checked
 * @param workers threads for unfolding, parsing and verifying
 */
public record IngestionConfig(String source, int unsettledBatches, int workers) {
  public static IngestionConfig from(Settings s) {
    return new IngestionConfig(
        s.text("ingestion.source", Addresses.HUB_EVENTS, "AMQP address of the hub's event stream"),
        s.integer(
            "ingestion.unsettledBatches", 32, 1, 1000, "batches that are worked on at a time"),
        s.integer("ingestion.workers", 2, 1, 64, "threads that check batches"));
  }
}
