package io.blockofenergy.telemetry.log;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * That an entry is in a log, as one text, c2sp.org/tlog-proof.
 *
 * @param extra what the application adds; not covered by the proof. Empty for none
 * @param index the entry's place, from 0
 * @param hashes the audit path, from the leaf up, 32 bytes each
 * @param checkpoint the signed note of the tree the path leads to
 */
public record InclusionProof(byte[] extra, long index, List<byte[]> hashes, String checkpoint) {
  private static final String HEADER = "c2sp.org/tlog-proof@v1";
  private static final int MAX_HASHES = 63;

  public String text() {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    if (extra.length > 0) {
      text.append("extra ").append(Base64.getEncoder().encodeToString(extra)).append('\n');
    }
    text.append("index ").append(index).append('\n');
    hashes.forEach(hash -> text.append(Base64.getEncoder().encodeToString(hash)).append('\n'));
    return text.append('\n').append(checkpoint).toString();
  }

  /**
   * Parses the text; nothing is verified.
   *
   * @throws MalformedProofException when it is not of the form
   */
  public static InclusionProof parse(String text) {
    int split = text.indexOf("\n\n");
    if (split < 0) {
      throw new MalformedProofException("the proof has no checkpoint");
    }
    List<String> lines = List.of(text.substring(0, split).split("\n", -1));
    if (!lines.get(0).equals(HEADER)) {
      throw new MalformedProofException("the first line is not " + HEADER);
    }
    int next = 1;
    byte[] extra = {};
    if (next < lines.size() && lines.get(next).startsWith("extra ")) {
      String encoded = lines.get(next++).substring("extra ".length());
      try {
        extra = Base64.getDecoder().decode(encoded);
      } catch (IllegalArgumentException e) {
        throw new MalformedProofException("the extra line is not base64");
      }
      if (extra.length == 0 || !Base64.getEncoder().encodeToString(extra).equals(encoded)) {
        throw new MalformedProofException("the extra line is not canonical base64");
      }
    }
    if (next == lines.size() || !lines.get(next).matches("index (0|[1-9][0-9]{0,17})")) {
      throw new MalformedProofException("the index line is missing or not of its form");
    }
    long index = Long.parseLong(lines.get(next++).substring("index ".length()));
    if (lines.size() - next > MAX_HASHES) {
      throw new MalformedProofException("the proof has more than " + MAX_HASHES + " hashes");
    }
    List<byte[]> hashes = new ArrayList<>();
    for (; next < lines.size(); next++) {
      hashes.add(Checkpoint.hash(lines.get(next)));
    }
    return new InclusionProof(extra, index, hashes, text.substring(split + 2));
  }

  /**
   * Verifies that {@code entry} is in the log of {@code key}, and returns the checkpoint it is in.
   *
   * @throws MalformedProofException saying what does not hold
   */
  public Checkpoint verify(byte[] entry, VerifierKey key) {
    Checkpoint head = Checkpoint.parse(SignedNote.verify(checkpoint, key));
    if (!head.origin().equals(key.name())) {
      throw new MalformedProofException("the checkpoint is of another log, " + head.origin());
    }
    if (!MerkleTree.verifyInclusion(
        MerkleTree.leafHash(entry), index, head.size(), hashes, head.root())) {
      throw new MalformedProofException(
          "the entry is not at index " + index + " of the log that the checkpoint commits to");
    }
    return head;
  }
}
