package io.blockofenergy.edge.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One reading in a segment: magic, length, CRC32C of all that follows, seq, milliseconds of {@code
 * receivedAt}, 16 bytes that identify the MQTT message, then the canonical reading. Big endian. The
 * magic lets a scan find the next record behind a damaged one.
 *
 * @param hash first 16 bytes of a digest of topic, device and payload, see {@link DuplicateWindow}
 * @param canonical the canonical reading
 */
record JournalRecord(long seq, long receivedMillis, DuplicateWindow.Key hash, byte[] canonical) {
  static final int HEADER_BYTES = 44;
  static final int MAX_CANONICAL_BYTES = 1 << 20;
  private static final int MAGIC = 0xB0E5_5EA1;

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
    out.putInt(MAGIC).putInt(canonical.length).putInt(0).putLong(seq).putLong(receivedMillis);
    out.putLong(hash.high()).putLong(hash.low()).put(canonical);
    out.putInt(start + 8, checksum(out, start, canonical.length));
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
    int length = in.getInt(start + 4);
    if (length <= 0 || length > MAX_CANONICAL_BYTES) {
      throw new Damaged("a record of impossible length");
    }
    if (in.remaining() < HEADER_BYTES + length) {
      return null;
    }
    if (in.getInt(start + 8) != checksum(in, start, length)) {
      throw new Damaged("a record with a wrong checksum");
    }
    byte[] canonical = new byte[length];
    in.get(start + HEADER_BYTES, canonical);
    in.position(start + HEADER_BYTES + length);
    return new JournalRecord(
        in.getLong(start + 12),
        in.getLong(start + 20),
        new DuplicateWindow.Key(in.getLong(start + 28), in.getLong(start + 36)),
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

  private static int checksum(ByteBuffer buffer, int start, int length) {
    CRC32C crc = new CRC32C();
    // The length is covered too, else a flipped bit in it could make another record of the same.
    crc.update(buffer.duplicate().limit(start + 8).position(start + 4));
    crc.update(buffer.duplicate().limit(start + HEADER_BYTES + length).position(start + 12));
    return (int) crc.getValue();
  }
}
