package io.blockofenergy.cloud.local;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes that a JSON-RPC answer of any length has as its hexadecimal {@code result}, decoded
 * while they arrive. Expects JSON without blanks in this place, as anvil writes it. An answer
 * without such a result, or one that ends in its midst, fails with an {@link IOException}.
 */
final class HexResult extends InputStream {
  private static final String BEGIN = "\"result\":\"0x";
  private static final int MAX_HEAD_BYTES = 512;

  private final InputStream answer;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int limit;
  private boolean ended;

  HexResult(InputStream answer) throws IOException {
    this.answer = answer;
    StringBuilder head = new StringBuilder();
    while (head.indexOf(BEGIN, Math.max(0, head.length() - BEGIN.length())) < 0) {
      int next = next();
      if (next < 0 || head.length() == MAX_HEAD_BYTES) {
        throw new IOException("the answer has no result but " + head);
      }
      head.append((char) next);
    }
  }

  @Override
  public int read() throws IOException {
    if (ended) {
      return -1;
    }
    int high = next();
    if (high == '"') {
      ended = true;
      return -1;
    }
    return digit(high) << 4 | digit(next());
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = 0;
    while (count < length) {
      int value = read();
      if (value < 0) {
        return count == 0 ? -1 : count;
      }
      target[offset + count++] = (byte) value;
    }
    return count;
  }

  /** Checks that all has been read, and the answer is complete. */
  void expectEnd() throws IOException {
    if (read() >= 0) {
      throw new IOException("the answer's result has something after its end");
    }
    for (int next = next(); next != '}'; next = next()) {
      if (next < 0) {
        throw new EOFException("the answer ends too early");
      }
    }
  }

  private static int digit(int character) throws IOException {
    if (character < 0) {
      throw new EOFException("the answer ends too early");
    }
    int digit = Character.digit(character, 16);
    if (digit < 0) {
      throw new IOException("the answer's result is not hexadecimal");
    }
    return digit;
  }

  /** The answer's next byte; -1 at its end. */
  private int next() throws IOException {
    if (at == limit) {
      limit = answer.read(buffer);
      at = 0;
      if (limit <= 0) {
        limit = 0;
        return -1;
      }
    }
    return buffer[at++] & 0xff;
  }
}
