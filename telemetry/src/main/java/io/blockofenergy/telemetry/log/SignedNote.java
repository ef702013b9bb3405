package io.blockofenergy.telemetry.log;

import io.blockofenergy.telemetry.SigningKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/**
 * Signed notes, c2sp.org/signed-note: a text, an empty line, and a line for each signature. A
 * checkpoint's note may bear cosignatures of witnesses behind the log's signature.
 *
 * @param text what is signed, ended by a line feed
 * @param signatures of the note, none of them verified
 */
public record SignedNote(String text, List<Signature> signatures) {
  /**
   * A signature line.
   *
   * @param name of the signer
   * @param hash of the signer's key, 4 bytes
   * @param signature the bytes that follow the hash
   */
  public record Signature(String name, byte[] hash, byte[] signature) {
    private static Signature parse(String line) {
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
      return new Signature(
          parts[1], Arrays.copyOf(marked, 4), Arrays.copyOfRange(marked, 4, marked.length));
    }

    /** The line as it stands in a note, without line feed. */
    public String line() {
      byte[] marked = Arrays.copyOf(hash, 4 + signature.length);
      System.arraycopy(signature, 0, marked, 4, signature.length);
      return "— " + name + ' ' + Base64.getEncoder().encodeToString(marked);
    }

    /** Whether it claims to be by this key. */
    public boolean isBy(VerifierKey key) {
      return name.equals(key.name()) && Arrays.equals(hash, key.hash());
    }
  }

  /**
   * Parses a note; nothing is verified.
   *
   * @throws MalformedProofException when it is not of its form
   */
  public static SignedNote parse(String note) {
    int split = note.lastIndexOf("\n\n");
    if (split < 0 || split + 2 == note.length() || !note.endsWith("\n")) {
      throw new MalformedProofException("the checkpoint is not a signed note");
    }
    List<Signature> signatures = new ArrayList<>();
    for (String line : note.substring(split + 2, note.length() - 1).split("\n", -1)) {
      signatures.add(Signature.parse(line));
    }
    return new SignedNote(note.substring(0, split + 1), List.copyOf(signatures));
  }

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
    byte[] hash = new VerifierKey(name, key.publicKey()).hash();
    return text + '\n' + new Signature(name, hash, signature).line() + '\n';
  }

  /**
   * Returns the text that {@code key} signed; signatures by other keys are passed over.
   *
   * @param key a log's
   * @throws MalformedProofException when the note is not of its form, or {@code key} did not sign
   *     it
   */
  public static String verify(String note, VerifierKey key) {
    return parse(note).verify(key);
  }

  /**
   * Returns the text if {@code key} signed it; signatures by other keys are passed over.
   *
   * @param key a log's
   * @throws MalformedProofException when {@code key} did not sign it
   */
  public String verify(VerifierKey key) {
    if (key.use() != VerifierKey.Use.NOTE) {
      throw new MalformedProofException(key.name() + " is a witness's key, not a log's");
    }
    boolean signed = false;
    for (Signature each : signatures) {
      if (each.isBy(key)) {
        if (!SigningKey.verify(
            key.publicKey(), text.getBytes(StandardCharsets.UTF_8), each.signature())) {
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

  /**
   * The cosignatures that the witnesses gave for the text, in the note's order; signatures by
   * others are passed over, so a witness that has not cosigned is not in the list.
   *
   * @param witnesses keys for cosignatures; others match nothing
   * @throws MalformedProofException when a signature bears a witness's name and hash and is not the
   *     witness's
   */
  public List<Cosignature> cosignatures(Collection<VerifierKey> witnesses) {
    List<Cosignature> valid = new ArrayList<>();
    for (Signature each : signatures) {
      for (VerifierKey witness : witnesses) {
        if (witness.use() == VerifierKey.Use.COSIGNATURE && each.isBy(witness)) {
          valid.add(Cosignature.verify(text, each, witness));
        }
      }
    }
    return List.copyOf(valid);
  }

  /** The note with signature lines, each without line feed, put behind those that it has. */
  public static String append(String note, Collection<String> lines) {
    StringBuilder appended = new StringBuilder(note);
    lines.forEach(line -> appended.append(line).append('\n'));
    return appended.toString();
  }
}
