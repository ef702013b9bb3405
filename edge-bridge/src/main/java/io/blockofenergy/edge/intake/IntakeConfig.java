package io.blockofenergy.edge.intake;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;

/**
 * @param deadLetterFile where messages go that cannot be decoded
 * @param deadLetterMaxBytes bound of that file and its predecessor together
 */
public record IntakeConfig(Path deadLetterFile, long deadLetterMaxBytes) {
  public static IntakeConfig from(Settings settings) {
    return new IntakeConfig(
        settings.dataPath(
            "deadLetters.file",
            "dead-letters.jsonl",
            "messages that cannot be decoded, one JSON object a line"),
        settings.size(
            "deadLetters.maxBytes",
            "64MiB",
            1 << 20,
            1L << 40,
            "bound of the dead letters, the file before included"));
  }
}
