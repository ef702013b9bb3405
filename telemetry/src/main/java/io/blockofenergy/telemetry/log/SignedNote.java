package io.blockofenergy.telemetry.log;

import io.blockofenergy.telemetry.SigningKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Signed notes, c2sp.org/signed-note: a text, an empty line, and a line for each signature. */
public final class SignedNote {
  private SignedNote() {}

  /**
   * Returns the note: {@code text} and one signature.
   *
   * @param text ends in a line feed
   */
  public static String sign(String text, String name, SigningKey key) {
    if (!text.endsWith("\n")) {
      throw new IllegalArgumentException("a note's text ends in a line feed");
    }
    byte[] signature = key.sign(text.getBytes(StandardCharsets.UTF_8));
    byte[] marked = Arrays.copyOf(new VerifierKey(name, key.publicKey()).hash(), 68);
    System.arraycopy(signature, 0, marked, 4, 64);
    return text + "\n— " + name + ' ' + Base64.getEncoder().encodeToString(marked) + '\n';
  }

  /**
   * Returns the text that {@code key} signed; signatures by other keys are passed over.
   *
   * @throws MalformedProofException when the note is not of its form, or {@code key} did not sign
   *     it
   */
  public static String verify(String note, VerifierKey key) {
    int split = note.lastIndexOf("\n\n");
    if (split < 0 || split + 2 == note.length() || !note.endsWith("\n")) {
      throw new MalformedProofException("the checkpoint is not a signed note");
    }
    String text = note.substring(0, split + 1);
    boolean signed = false;
    for (String line : note.substring(split + 2, note.length() - 1).split("\n", -1)) {
      String[] parts = line.split(" ", -1);
      if (parts.length != 3 || !parts[0].equals("—") || parts[1].isEmpty()) {
        throw new MalformedProofException("a signature line of the checkpoint is not of its form");
      }
      byte[] marked;
      try {
        marked = Base64.getDecoder().decode(parts[2]);
      } catch (IllegalArgumentException e) {
        throw new MalformedProofException("a signature of the checkpoint is not base64");
      }
      if (!Base64.getEncoder().encodeToString(marked).equals(parts[2])) {
        throw new MalformedProofException("a signature of the checkpoint is not canonical base64");
      }
      if (marked.length < 5) {
        throw new MalformedProofException("a signature of the checkpoint is too short");
      }
      if (parts[1].equals(key.name()) && Arrays.equals(Arrays.copyOf(marked, 4), key.hash())) {
        if (!SigningKey.verify(
            key.publicKey(),
            text.getBytes(StandardCharsets.UTF_8),
            Arrays.copyOfRange(marked, 4, marked.length))) {
          throw new MalformedProofException(
              "the log's signature of the checkpoint does not verify");
        }
        signed = true;
      }
    }
    if (!signed) {
      throw new MalformedProofException("the checkpoint is not signed by " + key.name());
    }
    return text;
  }
}
