package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Member {@code fileSha256} of receipts and bundles: SHA-256 of the file as it would be without
 * that member. It covers what the log's signature does not (the anchor, a witness's lines, a
 * report's figures), so that a damaged file is told from a good one. It proves nothing against
 * somebody who writes it anew. Pure functions.
 */
final class FileChecksum {
  static final String MEMBER = "fileSha256";

  private FileChecksum() {}

  /**
   * The checksum of a file.
   *
   * @param members of its JSON object, with or without the checksum
   * @param rest the text that follows the object; empty for a bundle
   */
  static String of(Map<String, Object> members, String rest) {
    Map<String, Object> without = new TreeMap<>(members);
    without.remove(MEMBER);
    byte[] json = StrictJson.canonical(without, "the file");
    return HexFormat.of().formatHex(Sha256.hash(json, rest.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * @throws MalformedProofException when the file is not the one that was written
   */
  static void check(Map<String, Object> members, String rest) {
    String stated = StrictJson.member(members, MEMBER, String.class, "the file");
    if (!stated.equals(of(members, rest))) {
      throw new MalformedProofException(
          "the file was changed since it was written: its SHA-256 is not the one in fileSha256");
    }
  }
}
