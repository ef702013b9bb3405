package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Sha256;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * RFC 6962 section 2.1 as it stands there: recursive and obviously right. An instance remembers the
 * hash of each range that it was asked for, to be asked again.
 */
public final class PlainTree {
  private record Range(int from, int to) {}

  private final List<byte[]> entries;
  private final Map<Range, byte[]> known = new HashMap<>();

  public PlainTree(List<byte[]> entries) {
    this.entries = entries;
  }

  public static byte[] root(List<byte[]> entries) {
    return new PlainTree(entries).root(entries.size());
  }

  /** MTH(D[size]). */
  public byte[] root(int size) {
    return hash(0, size);
  }

  /** MTH(D[from:to]). */
  private byte[] hash(int from, int to) {
    if (from == to) {
      return Sha256.hash();
    }
    Range range = new Range(from, to);
    byte[] hash = known.get(range);
    if (hash == null) {
      int k = split(to - from);
      hash =
          to - from == 1
              ? Sha256.hash(new byte[] {0}, entries.get(from))
              : Sha256.hash(new byte[] {1}, hash(from, from + k), hash(from + k, to));
      known.put(range, hash);
    }
    return hash;
  }

  private static int split(int n) {
    return Integer.highestOneBit(n - 1);
  }

  /** PATH(index, D[size]), from the leaf up. */
  public List<byte[]> path(int index, int size) {
    return path(index, 0, size);
  }

  private List<byte[]> path(int m, int from, int to) {
    List<byte[]> path = new ArrayList<>();
    if (to - from > 1) {
      int k = split(to - from);
      path.addAll(m < k ? path(m, from, from + k) : path(m - k, from + k, to));
      path.add(m < k ? hash(from + k, to) : hash(from, from + k));
    }
    return path;
  }

  /** PROOF(m, D[n]), 0 &lt; m &lt;= n. */
  public List<byte[]> proof(int m, int n) {
    return subproof(m, 0, n, true);
  }

  private List<byte[]> subproof(int m, int from, int to, boolean known) {
    List<byte[]> proof = new ArrayList<>();
    if (m == to - from) {
      if (!known) {
        proof.add(hash(from, to));
      }
      return proof;
    }
    int k = split(to - from);
    proof.addAll(
        m <= k ? subproof(m, from, from + k, known) : subproof(m - k, from + k, to, false));
    proof.add(m <= k ? hash(from + k, to) : hash(from, from + k));
    return proof;
  }

  /** The first {@code width} hashes of a tile, as c2sp.org/tlog-tiles defines them. */
  public byte[] tile(int level, int n, int width) {
    ByteArrayOutputStream tile = new ByteArrayOutputStream();
    int span = 1 << (8 * level);
    for (int i = 0; i < width; i++) {
      int from = (n * 256 + i) * span;
      tile.writeBytes(hash(from, from + span));
    }
    return tile.toByteArray();
  }

  /** {@code width} entries from {@code first} on, each after its length. */
  public byte[] bundle(int first, int width) {
    ByteArrayOutputStream bundle = new ByteArrayOutputStream();
    for (byte[] entry : entries.subList(first, first + width)) {
      bundle.write(0);
      bundle.write(entry.length);
      bundle.writeBytes(entry);
    }
    return bundle.toByteArray();
  }

  /** Different entries, the same ones each time. */
  public static List<byte[]> entries(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Sha256.hash(ByteBuffer.allocate(4).putInt(i).array()))
        .toList();
  }
}
