package io.blockofenergy.telemetry.log;

import io.blockofenergy.telemetry.SigningKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * A witness's statement that, at a time, a checkpoint's tree was the largest of its log that it had
 * seen, and that the tree began with every one that it had cosigned before: cosignature/v1 of
 * c2sp.org/tlog-cosignature, with Ed25519.
 *
 * @param witness the key that it verifies by
 * @param at when the witness signed, to the second
 * @param line the signature line as it stands in the note, without line feed
 */
public record Cosignature(VerifierKey witness, Instant at, String line) {
  private static final int BYTES = 8 + 64;

  /** The end of the year 9999: later times cannot be written as others are. */
  private static final long LAST_SECOND = 253_402_300_799L;

  /**
   * Signs the text of a checkpoint.
   *
   * @param text of the checkpoint, with its extension lines, ended by a line feed
   * @param at not before 1970; the part below a second is dropped
   */
  public static Cosignature sign(String text, String name, SigningKey key, Instant at) {
    long seconds = at.getEpochSecond();
    VerifierKey witness = new VerifierKey(name, VerifierKey.Use.COSIGNATURE, key.publicKey());
    byte[] signature =
        ByteBuffer.allocate(BYTES).putLong(seconds).put(key.sign(message(seconds, text))).array();
    return new Cosignature(
        witness,
        Instant.ofEpochSecond(seconds),
        new SignedNote.Signature(name, witness.hash(), signature).line());
  }

  /**
   * Verifies a signature that bears the witness's name and hash.
   *
   * @throws MalformedProofException when the witness did not give it for this text
   */
  static Cosignature verify(String text, SignedNote.Signature signature, VerifierKey witness) {
    byte[] stamped = signature.signature();
    if (stamped.length != BYTES) {
      throw new MalformedProofException(
          "the cosignature by " + witness.name() + " is not of its length");
    }
    long seconds = ByteBuffer.wrap(stamped).getLong();
    if (seconds <= 0 || seconds > LAST_SECOND) {
      throw new MalformedProofException("the cosignature by " + witness.name() + " has no time");
    }
    if (!SigningKey.verify(
        witness.publicKey(),
        message(seconds, text),
        Arrays.copyOfRange(stamped, 8, stamped.length))) {
      throw new MalformedProofException(
          "the cosignature by " + witness.name() + " does not verify");
    }
    return new Cosignature(witness, Instant.ofEpochSecond(seconds), signature.line());
  }

  private static byte[] message(long seconds, String text) {
    return ("cosignature/v1\ntime " + seconds + '\n' + text).getBytes(StandardCharsets.UTF_8);
  }
}
