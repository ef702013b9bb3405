package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the ledger.
 *
 * @param origin the log's name: its URL without scheme; part of everything it signs
 * @param directory holds {@code log.key}, the log's signing key, {@code log.pub} and {@code
 *     log.signed}
 * @param checkpointInterval how long entries wait for a checkpoint at most, apart from its writing
 * @param anchorInterval how often the newest checkpoint is anchored when it is not
 * @param anchorEntries number of entries since the last anchor with which it does not wait for that
 * @param maxWaiting number of entries that may wait; more are refused
 * @param lease for how long a process that has fallen silent keeps others from writing the log
 */
public record LedgerConfig(
    String origin,
    Path directory,
    Duration checkpointInterval,
    Duration anchorInterval,
    int anchorEntries,
    int maxWaiting,
    Duration lease) {

  public static LedgerConfig from(Settings settings) {
    return new LedgerConfig(
        settings.text(
            "ledger.origin",
            "block-of-energy.local/log",
            "[!-*,-~]{1,200}",
            "name of the log: its URL without scheme; must never change"),
        settings.dataPath("ledger.directory", "ledger", "where the log's key is kept"),
        settings.duration(
            "ledger.checkpointInterval",
            "1s",
            Duration.ofMillis(10),
            Duration.ofMinutes(10),
            "how long readings wait for the next checkpoint"),
        settings.duration(
            "ledger.anchorInterval",
            "5s",
            Duration.ofMillis(10),
            Duration.ofDays(1),
            "how often the newest checkpoint is anchored on the chain"),
        settings.integer(
            "ledger.anchorEntries",
            100_000,
            1,
            Integer.MAX_VALUE,
            "entries since the last anchor with which the next one does not wait for its time"),
        settings.integer(
            "ledger.maxWaiting",
            65_536,
            4096,
            1 << 20,
            "readings that may wait for a checkpoint before deliveries are refused"),
        settings.duration(
            "ledger.lease",
            "5s",
            Duration.ofMillis(100),
            Duration.ofMinutes(10),
            "after how long without a sign of life of the ledger another one writes the log"));
  }
}
