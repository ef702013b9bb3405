package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A witness that is asked to cosign checkpoints, c2sp.org/tlog-witness.
 *
 * @param key its verifier key; or {@code @} and a file that holds it, which need not exist yet
 * @param url its submission prefix, without a slash at the end
 */
public record WitnessConfig(String key, URI url) {
  /** All of {@code ledger.witnesses}. */
  public static List<WitnessConfig> all(Settings settings) {
    List<WitnessConfig> witnesses = new ArrayList<>();
    for (String each :
        settings.texts(
            "ledger.witnesses",
            "",
            "\\S.* https?://\\S+",
            "witnesses that cosign checkpoints, each a verifier key, or @ and a file that holds it,"
                + " and a URL")) {
      int space = each.lastIndexOf(' ');
      String key = each.substring(0, space).strip();
      try {
        if (!key.startsWith("@")) {
          parse(key);
        }
        URI url = URI.create(each.substring(space + 1).replaceAll("/+$", ""));
        if (url.getHost() == null || url.getQuery() != null || url.getFragment() != null) {
          throw new IllegalArgumentException("not the URL of a host and a path");
        }
        witnesses.add(new WitnessConfig(key, url));
      } catch (MalformedProofException | IllegalArgumentException e) {
        settings.fault("ledger.witnesses: " + e.getMessage());
      }
    }
    return List.copyOf(witnesses);
  }

  /**
   * The key. Blocks when it is in a file.
   *
   * @throws IOException when the file cannot be read
   * @throws MalformedProofException when it is not the key of a witness
   */
  VerifierKey verifierKey() throws IOException {
    return parse(key.startsWith("@") ? Files.readString(Path.of(key.substring(1))) : key);
  }

  private static VerifierKey parse(String text) {
    VerifierKey key = VerifierKey.parse(text);
    if (key.use() != VerifierKey.Use.COSIGNATURE) {
      throw new MalformedProofException(key.name() + " is the key of a log, not of a witness");
    }
    return key;
  }
}
