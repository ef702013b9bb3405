package io.blockofenergy.cloud.ledger;

import io.blockofenergy.contracts.CheckpointAnchor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The code that this build's {@code CheckpointAnchor} has on a chain. It has no immutable
 * variables, so it is the same at every address; only the metadata that solc puts behind it (CBOR,
 * and its length in the last two bytes) may differ, for it holds a digest of the sources' comments.
 *
 * @see <a href="https://docs.soliditylang.org/en/latest/metadata.html">Contract Metadata</a>
 */
final class ContractCode {
  private final String own;

  ContractCode() {
    try (InputStream in = CheckpointAnchor.class.getResourceAsStream("CheckpointAnchor.runtime")) {
      if (in == null) {
        throw new IllegalStateException("the build lacks the contract's code");
      }
      own = withoutMetadata(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether this is the contract's code; hex without prefix, lower case. */
  boolean isOurs(String code) {
    return own.equals(withoutMetadata(code));
  }

  private static String withoutMetadata(String code) {
    if (code.length() < 4) {
      return code;
    }
    int end = code.length() - 4 - 2 * Integer.parseInt(code.substring(code.length() - 4), 16);
    return end < 0 ? code : code.substring(0, end);
  }
}
