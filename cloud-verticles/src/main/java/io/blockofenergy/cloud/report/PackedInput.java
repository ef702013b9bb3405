package io.blockofenergy.cloud.report;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@link PackedOutput} has written. Fails with {@link IllegalArgumentException} on what
 * it cannot have written, and takes no more memory for it than a few times its length.
 */
final class PackedInput {
  private final List<String> texts = new ArrayList<>();
  private final byte[] bytes;
  private int at;

  PackedInput(byte[] bytes) {
    this.bytes = bytes;
  }

  private int next() {
    if (at == bytes.length) {
      throw new IllegalArgumentException("it is cut off");
    }
    return bytes[at++];
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int part = next();
      value |= (part & 0x7fL) << shift;
      if (part >= 0) {
        return value >>> 1 ^ -(value & 1);
      }
    }
    throw new IllegalArgumentException("a number is too long");
  }

  /** From least to most, both inclusive. */
  int number(int least, int most) {
    long value = number();
    if (value < least || value > most) {
      throw new IllegalArgumentException(value + " is not from " + least + " to " + most);
    }
    return (int) value;
  }

  /** How many follow of what takes a byte at least. */
  int count() {
    return number(0, bytes.length - at);
  }

  double real() {
    long bits = 0;
    for (int i = 0; i < 8; i++) {
      bits = bits << 8 | next() & 0xff;
    }
    return Double.longBitsToDouble(bits);
  }

  /** The same object each time that it is the same text. */
  String text() {
    int before = number(-1, texts.size() - 1);
    if (before >= 0) {
      return texts.get(before);
    }
    int length = count();
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    texts.add(text);
    return text;
  }

  void end() {
    if (at != bytes.length) {
      throw new IllegalArgumentException("more follows");
    }
  }
}
