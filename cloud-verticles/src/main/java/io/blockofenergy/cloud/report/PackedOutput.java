package io.blockofenergy.cloud.report;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Numbers and texts in few bytes: small ones in one, a text that was there before as a number. */
final class PackedOutput {
  private final Map<String, Integer> texts = new HashMap<>();
  private byte[] bytes = new byte[1 << 14];
  private int length;

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  /** Any number; near zero it is short. */
  void number(long value) {
    room(10);
    long left = value << 1 ^ value >> 63;
    while ((left & ~0x7fL) != 0) {
      bytes[length++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    bytes[length++] = (byte) left;
  }

  void real(double value) {
    room(8);
    long bits = Double.doubleToRawLongBits(value);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (bits >>> shift);
    }
  }

  void text(String text) {
    Integer before = texts.putIfAbsent(text, texts.size());
    if (before != null) {
      number(before);
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(-1);
    number(utf8.length);
    room(utf8.length);
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }
}
