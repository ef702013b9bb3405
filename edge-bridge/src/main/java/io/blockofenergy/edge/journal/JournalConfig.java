package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * @param directory where the journal lives; one process at a time
 * @param maxBytes bound of everything in the directory
 * @param maxWaitingBytes bound of the payloads that wait to be written
 * @param linger how long a reading may wait for others before its batch is cut
 * @param promptUnits metered units of the hub a minute that may go before the linger is over; none
 *     do when that is longer than ten seconds
 */
public record JournalConfig(
    Path directory, long maxBytes, long maxWaitingBytes, Duration linger, int promptUnits) {
  /** Room for a few segments beside the reserve for batches. */
  public static final long MIN_MAX_BYTES = 8L << 20;

  /** Without prompt batches: whatever is not enough for a full one lingers. */
  public JournalConfig(Path directory, long maxBytes, long maxWaitingBytes, Duration linger) {
    this(directory, maxBytes, maxWaitingBytes, linger, 0);
  }

  public static JournalConfig from(Settings settings) {
    return new JournalConfig(
        settings.dataPath("journal.directory", "journal", "directory of the journal"),
        settings.size(
            "journal.maxBytes",
            "1GiB",
            MIN_MAX_BYTES,
            1L << 50,
            "bound of everything in the journal's directory"),
        settings.size(
            "journal.maxWaitingBytes",
            "8MiB",
            1L << 18,
            1L << 30,
            "bound of payloads waiting to be written; more are refused"),
        settings.duration(
            "uplink.linger",
            "1s",
            Duration.ofMillis(1),
            Duration.ofHours(1),
            "how long a reading may wait for others to share its batch; 15m for a metered line"),
        settings.integer(
            "uplink.promptUnits",
            240,
            0,
            1_000_000,
            "metered units (messages of 4 KB) a minute that need not linger; none do with a linger above 10s"));
  }
}
