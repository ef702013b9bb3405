package io.blockofenergy.contracts;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/** The definitions of RFC 6962 section 2.1, word for word and without any cleverness. */
final class Rfc6962 {
  private Rfc6962() {}

  static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] root(List<byte[]> entries) {
    if (entries.size() == 1) {
      return sha256(new byte[] {0}, entries.get(0));
    }
    int k = split(entries.size());
    return sha256(
        new byte[] {1}, root(entries.subList(0, k)), root(entries.subList(k, entries.size())));
  }

  static List<byte[]> path(int m, List<byte[]> entries) {
    if (entries.size() == 1) {
      return List.of();
    }
    int n = entries.size();
    int k = split(n);
    List<byte[]> path =
        new ArrayList<>(
            m < k ? path(m, entries.subList(0, k)) : path(m - k, entries.subList(k, n)));
    path.add(root(m < k ? entries.subList(k, n) : entries.subList(0, k)));
    return path;
  }

  private static int split(int n) {
    int k = 1;
    while (2 * k < n) {
      k *= 2;
    }
    return k;
  }
}
