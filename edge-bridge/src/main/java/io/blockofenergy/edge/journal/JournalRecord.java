package io.blockofenergy.edge.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One reading in a segment: magic, length, seq, milliseconds of {@code receivedAt}, 16 bytes that
 * identify the MQTT message, CRC32C of the canonical reading, CRC32C of the header so far, then the
 * canonical reading. Big endian. The magic lets a scan find the next record behind a damaged one;
 * the header's own checksum tells a record that was cut short from one whose length was changed.
 *
 * @param hash first 16 bytes of a digest of topic, device and payload, see {@link DuplicateWindow}
 * @param canonical the canonical reading
 */
record JournalRecord(long seq, long receivedMillis, DuplicateWindow.Key hash, byte[] canonical) {
  static final int HEADER_BYTES = 48;
  static final int MAX_CANONICAL_BYTES = 1 << 20;
  private static final int MAGIC = 0xB0E5_5EA2;
  private static final int BODY_CHECKSUM_AT = 40;
  private static final int HEADER_CHECKSUM_AT = 44;

  /** Thrown where a record should be and none is. */
  static final class Damaged extends Exception {
    private static final long serialVersionUID = 1;

    Damaged(String message) {
      super(message);
    }
  }

  /**
   * What a scan found.
   *
   * @param records the sound ones, in order
   * @param end where the last sound record ends
   * @param gaps whether something unreadable lies before a sound record
   */
  record Scan(List<Position> records, int end, boolean gaps) {}

  record Position(long seq, long receivedMillis, DuplicateWindow.Key hash, int offset, int end) {}

  int bytes() {
    return HEADER_BYTES + canonical.length;
  }

  void writeTo(ByteBuffer out) {
    int start = out.position();
    out.putInt(MAGIC).putInt(canonical.length).putLong(seq).putLong(receivedMillis);
    out.putLong(hash.high()).putLong(hash.low());
    out.putInt(0).putInt(0).put(canonical);
    out.putInt(start + BODY_CHECKSUM_AT, checksum(out, start + HEADER_BYTES, canonical.length));
    out.putInt(start + HEADER_CHECKSUM_AT, checksum(out, start, HEADER_CHECKSUM_AT));
  }

  /**
   * Takes the record at the buffer's position.
   *
   * @return null when the buffer ends within it
   */
  static JournalRecord take(ByteBuffer in) throws Damaged {
    int start = in.position();
    if (in.remaining() < HEADER_BYTES) {
      return null;
    }
    if (in.getInt(start) != MAGIC) {
      throw new Damaged("no record");
    }
    if (in.getInt(start + HEADER_CHECKSUM_AT) != checksum(in, start, HEADER_CHECKSUM_AT)) {
      throw new Damaged("a record whose header has a wrong checksum");
    }
    int length = in.getInt(start + 4);
    if (length <= 0 || length > MAX_CANONICAL_BYTES) {
      throw new Damaged("a record of impossible length");
    }
    if (in.remaining() < HEADER_BYTES + length) {
      return null;
    }
    if (in.getInt(start + BODY_CHECKSUM_AT) != checksum(in, start + HEADER_BYTES, length)) {
      throw new Damaged("a record with a wrong checksum");
    }
    byte[] canonical = new byte[length];
    in.get(start + HEADER_BYTES, canonical);
    in.position(start + HEADER_BYTES + length);
    return new JournalRecord(
        in.getLong(start + 8),
        in.getLong(start + 16),
        new DuplicateWindow.Key(in.getLong(start + 24), in.getLong(start + 32)),
        canonical);
  }

  /** Finds every sound record of a segment, behind damaged places too. */
  static Scan scan(ByteBuffer segment) {
    List<Position> records = new ArrayList<>();
    boolean gaps = false;
    int end = 0;
    int at = 0;
    long last = 0;
    while (at <= segment.limit() - HEADER_BYTES) {
      JournalRecord found = null;
      if (segment.getInt(at) == MAGIC) {
        try {
          found = take(segment.position(at));
        } catch (Damaged e) {
          found = null; // look for the next one
        }
      }
      if (found == null || found.seq() <= last) {
        at++;
        continue;
      }
      gaps |= at > end;
      last = found.seq();
      end = at + found.bytes();
      records.add(new Position(last, found.receivedMillis(), found.hash(), at, end));
      at = end;
    }
    return new Scan(records, end, gaps);
  }

  /** How many records seem to begin at or after an offset, sound or not. */
  static int beginnings(ByteBuffer segment, int from) {
    int count = 0;
    for (int at = from; at <= segment.capacity() - Integer.BYTES; at++) {
      if (segment.getInt(at) == MAGIC) {
        count++;
      }
    }
    return count;
  }

  private static int checksum(ByteBuffer buffer, int start, int length) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().limit(start + length).position(start));
    return (int) crc.getValue();
  }
}
