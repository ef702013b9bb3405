package io.blockofenergy.edge.mqtt;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A password's PBKDF2-HMAC-SHA512 hash as {@code mosquitto_passwd} writes it: {@code
 * $7$<iterations>$<salt>$<hash>}, salt and hash in base64 (mosquitto 2.0, {@code
 * apps/mosquitto_passwd}). Cannot be printed by accident. Immutable.
 */
final class PasswordHash {
  private static final Pattern FORM =
      Pattern.compile("\\$7\\$([1-9][0-9]{0,6})\\$([A-Za-z0-9+/]+=*)\\$([A-Za-z0-9+/]+=*)");
  private static final String ALGORITHM = "PBKDF2WithHmacSHA512";
  private static final int SALT_BYTES = 12;
  private static final int HASH_BYTES = 64;

  /** A verification takes this long at most, whatever the configuration asks for. */
  static final int MAX_ITERATIONS = 1_000_000;

  private final int iterations;
  private final byte[] salt;
  private final byte[] hash;

  private PasswordHash(int iterations, byte[] salt, byte[] hash) {
    this.iterations = iterations;
    this.salt = salt;
    this.hash = hash;
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException when it is another form, without repeating it
   */
  static PasswordHash parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "must be $7$<iterations>$<salt>$<hash>, as mosquitto_passwd and edge-bridge passwd write");
    }
    int iterations = Integer.parseInt(matcher.group(1));
    byte[] salt = Base64.getDecoder().decode(matcher.group(2));
    byte[] hash = Base64.getDecoder().decode(matcher.group(3));
    if (iterations > MAX_ITERATIONS || hash.length != HASH_BYTES) {
      throw new IllegalArgumentException(
          "must have at most " + MAX_ITERATIONS + " iterations and a hash of 64 bytes");
    }
    return new PasswordHash(iterations, salt, hash);
  }

  /** Hashes a password with a new salt. Takes long, as it should. */
  static PasswordHash of(String password, int iterations, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new PasswordHash(iterations, salt, derive(password, salt, iterations));
  }

  /** A hash that no password has, so that unknown users take as long as known ones. */
  static PasswordHash ofNobody(int iterations) {
    return new PasswordHash(iterations, new byte[SALT_BYTES], new byte[HASH_BYTES]);
  }

  int iterations() {
    return iterations;
  }

  /** Takes long, whatever the answer: never on an event loop. An empty password never matches. */
  boolean matches(String password) {
    return !password.isEmpty() && MessageDigest.isEqual(hash, derive(password, salt, iterations));
  }

  /** The form that {@link #parse} reads. */
  String text() {
    Base64.Encoder encoder = Base64.getEncoder();
    return "$7$"
        + iterations
        + '$'
        + encoder.encodeToString(salt)
        + '$'
        + encoder.encodeToString(hash);
  }

  private static byte[] derive(String password, byte[] salt, int iterations) {
    PBEKeySpec spec =
        new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_BYTES * Byte.SIZE);
    try {
      return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    } finally {
      spec.clearPassword();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PasswordHash that
        && iterations == that.iterations
        && Arrays.equals(salt, that.salt)
        && MessageDigest.isEqual(hash, that.hash);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt);
  }

  @Override
  public String toString() {
    return "********";
  }
}
