package io.blockofenergy.telemetry.log;

import io.blockofenergy.telemetry.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * An Ed25519 key by which signed notes are verified, c2sp.org/signed-note.
 *
 * @param name the signer, without spaces or plus signs
 * @param use what it signs; one public key must not serve both uses
 * @param publicKey 32 bytes
 */
public record VerifierKey(String name, Use use, byte[] publicKey) {
  /** What a key signs, and thereby what its hash and its text are made of. */
  public enum Use {
    /** The text of a note: a log's key. */
    NOTE(1),

    /** A time and a checkpoint, c2sp.org/tlog-cosignature: a witness's key. */
    COSIGNATURE(4);

    private final byte type;

    Use(int type) {
      this.type = (byte) type;
    }
  }

  public VerifierKey {
    if (name.isEmpty() || name.chars().anyMatch(c -> c == '+' || Character.isWhitespace(c))) {
      throw new MalformedProofException("not a key name: \"" + name + "\"");
    }
    if (publicKey.length != 32) {
      throw new MalformedProofException("an Ed25519 key has 32 bytes");
    }
  }

  /** The key of a log. */
  public VerifierKey(String name, byte[] publicKey) {
    this(name, Use.NOTE, publicKey);
  }

  /**
   * Parses {@code <name>+<hash>+<base64 key>}, the form in which {@link #toString()} writes it.
   *
   * @throws MalformedProofException when it is not of that form or the hash is not the key's
   */
  public static VerifierKey parse(String text) {
    String[] parts = text.strip().split("\\+", 3);
    if (parts.length != 3) {
      throw new MalformedProofException("a verifier key has the form name+hash+key");
    }
    byte[] typed = decoded(parts[2]);
    Use use =
        Stream.of(Use.values())
            .filter(each -> typed.length == 33 && typed[0] == each.type)
            .findFirst()
            .orElseThrow(
                () -> new MalformedProofException("the verifier key is not an Ed25519 key"));
    VerifierKey key = new VerifierKey(parts[0], use, Arrays.copyOfRange(typed, 1, 33));
    if (!HexFormat.of().formatHex(key.hash()).equals(parts[1])) {
      throw new MalformedProofException("the verifier key's hash does not fit its name and key");
    }
    return key;
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new MalformedProofException("the verifier key is not base64");
    }
  }

  /**
   * The first four bytes of SHA-256 of name, line feed, the type (0x01 for notes, 0x04 for
   * cosignatures) and key: it marks signatures.
   */
  public byte[] hash() {
    return Arrays.copyOf(
        Sha256.hash((name + "\n").getBytes(StandardCharsets.UTF_8), typedKey()), 4);
  }

  private byte[] typedKey() {
    byte[] typed = new byte[33];
    typed[0] = use.type;
    System.arraycopy(publicKey, 0, typed, 1, 32);
    return typed;
  }

  @Override
  public String toString() {
    return name
        + '+'
        + HexFormat.of().formatHex(hash())
        + '+'
        + Base64.getEncoder().encodeToString(typedKey());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerifierKey key
        && name.equals(key.name)
        && use == key.use
        && Arrays.equals(publicKey, key.publicKey);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(publicKey);
  }
}
