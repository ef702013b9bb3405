package io.blockofenergy.telemetry.log;

import java.util.Arrays;
import java.util.Base64;

/**
 * The head of a log, c2sp.org/tlog-checkpoint.
 *
 * @param origin the log's name, the first line
 * @param size number of entries
 * @param root RFC 6962 root hash, 32 bytes
 */
public record Checkpoint(String origin, long size, byte[] root) {

  /** The text that is signed: three lines, each ended by a line feed. */
  public String text() {
    return origin + '\n' + size + '\n' + Base64.getEncoder().encodeToString(root) + '\n';
  }

  /**
   * Parses the text of a checkpoint without extension lines.
   *
   * @throws MalformedProofException when it is not of that form
   */
  public static Checkpoint parse(String text) {
    String[] lines = text.split("\n", -1);
    if (lines.length != 4 || lines[0].isEmpty() || !lines[3].isEmpty()) {
      throw new MalformedProofException("the checkpoint does not have three lines");
    }
    return of(lines);
  }

  /**
   * Parses the text of a checkpoint, which may have extension lines; they are passed over. For
   * those who check other logs than ours.
   *
   * @throws MalformedProofException when it is not of that form
   */
  public static Checkpoint parseExtended(String text) {
    String[] lines = text.split("\n", -1);
    if (lines.length < 4 || !lines[lines.length - 1].isEmpty()) {
      throw new MalformedProofException("the checkpoint has less than three lines");
    }
    for (int i = 0; i < lines.length - 1; i++) {
      if (lines[i].isEmpty()) {
        throw new MalformedProofException("the checkpoint has an empty line");
      }
    }
    return of(lines);
  }

  private static Checkpoint of(String[] lines) {
    if (!lines[1].matches("0|[1-9][0-9]{0,17}")) {
      throw new MalformedProofException("the checkpoint's size is not a number");
    }
    return new Checkpoint(lines[0], Long.parseLong(lines[1]), hash(lines[2]));
  }

  static byte[] hash(String base64) {
    byte[] hash;
    try {
      hash = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new MalformedProofException("a hash is not base64");
    }
    if (hash.length != 32 || !Base64.getEncoder().encodeToString(hash).equals(base64)) {
      throw new MalformedProofException("a hash is not 32 bytes in canonical base64");
    }
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Checkpoint checkpoint
        && origin.equals(checkpoint.origin)
        && size == checkpoint.size
        && Arrays.equals(root, checkpoint.root);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(size) * 31 + Arrays.hashCode(root);
  }
}
