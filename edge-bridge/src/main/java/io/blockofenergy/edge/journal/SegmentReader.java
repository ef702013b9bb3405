package io.blockofenergy.edge.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads durable records back in order, from where the last batch ended. Reads only what the {@link
 * Backlog} shows. Not thread-safe.
 */
final class SegmentReader {
  /** More than any record takes. */
  private static final int CHUNK_BYTES = 2 << 20;

  record Located(JournalRecord record, Segment segment, long end) {}

  private final Backlog backlog;
  private Segment lastSegment;
  private long lastEnd;

  SegmentReader(Backlog backlog) {
    this.backlog = backlog;
  }

  /** Remembers that everything up to this record has been used. */
  void advance(Located last) {
    lastSegment = last.segment();
    lastEnd = last.end();
  }

  /**
   * Reads the records behind those in batches: consecutive ones, at least one.
   *
   * @param targetBytes of canonical readings, exceeded only by a single one
   * @throws IOException when the next record cannot be read
   */
  List<Located> read(long targetBytes, int maxCount) throws IOException {
    List<Located> records = new ArrayList<>();
    long cutSeq = backlog.cutSeq();
    for (Backlog.Extent extent : backlog.readable()) {
      try {
        if (!read(extent, cutSeq, targetBytes, maxCount, records)) {
          break;
        }
      } catch (JournalRecord.Damaged e) {
        // Sound when it was written or recovered. What comes before it still goes out.
        if (records.isEmpty()) {
          throw new IOException(
              extent.segment().path + " has become unreadable; a restart sets it aside and goes on",
              e);
        }
        break;
      }
    }
    if (records.isEmpty()) {
      throw new IOException("the journal lacks the readings after " + cutSeq);
    }
    return records;
  }

  /** Returns false when there are enough. */
  private boolean read(
      Backlog.Extent extent, long cutSeq, long targetBytes, int maxCount, List<Located> records)
      throws IOException, JournalRecord.Damaged {
    long plain = records.stream().mapToLong(located -> located.record().canonical().length).sum();
    long offset = extent.segment() == lastSegment ? lastEnd : 0;
    try (FileChannel channel = FileChannel.open(extent.segment().path, StandardOpenOption.READ)) {
      while (offset < extent.bytes()) {
        ByteBuffer chunk = chunk(channel, offset, extent.bytes());
        JournalRecord record = JournalRecord.take(chunk);
        if (record == null) {
          throw new JournalRecord.Damaged("a record that ends too early");
        }
        while (record != null) {
          offset += record.bytes();
          if (record.seq() > cutSeq) {
            plain += record.canonical().length;
            if (!records.isEmpty()
                && (record.seq() != records.get(records.size() - 1).record().seq() + 1
                    || plain > targetBytes
                    || records.size() == maxCount)) {
              return false;
            }
            records.add(new Located(record, extent.segment(), offset));
          }
          record = JournalRecord.take(chunk);
        }
      }
    }
    return true;
  }

  private static ByteBuffer chunk(FileChannel channel, long offset, long limit) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(limit - offset, CHUNK_BYTES));
    while (chunk.hasRemaining() && channel.read(chunk, offset + chunk.position()) >= 0) {
      // until the chunk is full
    }
    return chunk.flip();
  }
}
