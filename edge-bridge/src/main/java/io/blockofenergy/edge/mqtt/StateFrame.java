package io.blockofenergy.edge.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * What {@link StateFile} writes as one whole: length of the body, CRC-32C of the length, CRC-32C of
 * the body (4 bytes each), body. A body is a list of entries: length of the key, key in UTF-8,
 * length of the value or -1 when the key is gone, value.
 */
final class StateFrame {
  static final int HEADER_BYTES = 12;

  /** What an entry takes beside its key and value. */
  static final int ENTRY_BYTES = 8;

  private static final int GONE = -1;

  /** Gets the entries of a body. */
  interface Entries {
    /**
     * Takes one entry.
     *
     * @param offset where the value begins in the body; without meaning when the key is gone
     * @param length of the value; negative when the key is gone
     */
    void take(String key, int offset, int length);
  }

  private StateFrame() {}

  /** A whole frame; a null value is for a key that is gone. */
  static ByteBuffer of(Map<String, byte[]> changes) {
    Map<byte[], byte[]> entries = new LinkedHashMap<>();
    int length = 0;
    for (Map.Entry<String, byte[]> change : changes.entrySet()) {
      byte[] key = change.getKey().getBytes(StandardCharsets.UTF_8);
      entries.put(key, change.getValue());
      length +=
          ENTRY_BYTES + key.length + (change.getValue() == null ? 0 : change.getValue().length);
    }
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + length).position(HEADER_BYTES);
    entries.forEach(
        (key, value) -> {
          frame.putInt(key.length).put(key).putInt(value == null ? GONE : value.length);
          if (value != null) {
            frame.put(value);
          }
        });
    frame.flip();
    frame.putInt(0, length);
    frame.putInt(4, crc(ByteBuffer.allocate(4).putInt(0, length)));
    frame.putInt(8, crc(frame.duplicate().position(HEADER_BYTES)));
    return frame;
  }

  /** The length of the body that follows this header; 0 when it is no header. */
  static int bodyLength(ByteBuffer header) {
    int length = header.getInt(0);
    boolean sound = length > 0 && header.getInt(4) == crc(ByteBuffer.allocate(4).putInt(0, length));
    return sound ? length : 0;
  }

  static boolean isSound(ByteBuffer header, ByteBuffer body) {
    return header.getInt(8) == crc(body.duplicate());
  }

  /** Gives the entries of a body that is sound; it may be a part of a larger buffer. */
  static void read(ByteBuffer body, Entries entries) {
    int start = body.position();
    while (body.hasRemaining()) {
      byte[] key = new byte[body.getInt()];
      body.get(key);
      int length = body.getInt();
      entries.take(new String(key, StandardCharsets.UTF_8), body.position() - start, length);
      body.position(body.position() + Math.max(0, length));
    }
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
