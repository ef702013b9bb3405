package io.blockofenergy.edge.witness;

import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The body of a request to add-checkpoint, c2sp.org/tlog-witness: a line with the old size, lines
 * with the hashes of a consistency proof, an empty line, and a checkpoint.
 *
 * @param oldSize size of the tree that the proof begins at
 * @param proof hashes of 32 bytes
 * @param note the checkpoint as it was sent
 * @param signed the checkpoint, not verified
 * @param head what it says
 */
record Submission(
    long oldSize, List<byte[]> proof, String note, SignedNote signed, Checkpoint head) {
  private static final int MAX_HASHES = 63;

  /**
   * @throws MalformedProofException when the body is not of this form
   */
  static Submission parse(String body) {
    int split = body.indexOf("\n\n");
    if (split < 0) {
      throw new MalformedProofException("there is no empty line before a checkpoint");
    }
    String[] lines = body.substring(0, split).split("\n", -1);
    if (!lines[0].matches("old (0|[1-9][0-9]{0,17})")) {
      throw new MalformedProofException("the first line is not \"old\" and a size");
    }
    if (lines.length - 1 > MAX_HASHES) {
      throw new MalformedProofException("the proof has more than " + MAX_HASHES + " hashes");
    }
    List<byte[]> proof = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      proof.add(hash(lines[i]));
    }
    String note = body.substring(split + 2);
    SignedNote signed = SignedNote.parse(note);
    return new Submission(
        Long.parseLong(lines[0].substring("old ".length())),
        List.copyOf(proof),
        note,
        signed,
        Checkpoint.parseExtended(signed.text()));
  }

  private static byte[] hash(String line) {
    try {
      byte[] hash = Base64.getDecoder().decode(line);
      if (hash.length == 32 && Base64.getEncoder().encodeToString(hash).equals(line)) {
        return hash;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new MalformedProofException("a line of the proof is not 32 bytes in base64");
  }
}
