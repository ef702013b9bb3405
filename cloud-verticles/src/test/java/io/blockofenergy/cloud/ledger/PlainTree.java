package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Sha256;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** RFC 6962 section 2.1 as it stands there: recursive, slow, obviously right. */
public final class PlainTree {
  private PlainTree() {}

  public static byte[] root(List<byte[]> entries) {
    if (entries.isEmpty()) {
      return Sha256.hash();
    }
    if (entries.size() == 1) {
      return Sha256.hash(new byte[] {0}, entries.get(0));
    }
    int k = Integer.highestOneBit(entries.size() - 1);
    return Sha256.hash(
        new byte[] {1}, root(entries.subList(0, k)), root(entries.subList(k, entries.size())));
  }

  /** Different entries, the same ones each time. */
  public static List<byte[]> entries(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Sha256.hash(ByteBuffer.allocate(4).putInt(i).array()))
        .toList();
  }
}
