package io.blockofenergy.edge.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * Writes records to the newest segment and starts another when it is large enough. What was written
 * counts only after {@link #commit}; until then {@link #rollBack} takes it back. For one thread.
 */
final class SegmentAppender implements AutoCloseable {
  private static final long MAX_SEGMENT_BYTES = 8 << 20;

  private final JournalDirectory directory;
  private final Backlog backlog;
  private final long segmentBytes;

  /** Null when there is none yet, or it could not be made. */
  private FileChannel channel;

  private long durableBytes;

  SegmentAppender(JournalDirectory directory, Backlog backlog, long maxBytes) {
    this.directory = directory;
    this.backlog = backlog;
    this.segmentBytes = Math.min(MAX_SEGMENT_BYTES, maxBytes / 8);
  }

  /** Hands records to the system, the first of which is {@code firstSeq}. */
  void write(ByteBuffer records, long firstSeq) throws IOException {
    if (channel == null || durableBytes >= segmentBytes) {
      roll(firstSeq);
    }
    while (records.hasRemaining()) {
      channel.write(records);
    }
  }

  /** Brings the segment back to where it was at the last commit. */
  void rollBack() throws IOException {
    if (channel != null) {
      channel.truncate(durableBytes);
      channel.position(durableBytes);
    }
  }

  /**
   * Makes what was written durable and shows it to readers.
   *
   * @param firstMillis when the first of these readings was received
   */
  void commit(long lastSeq, long bytes, long firstMillis) throws IOException {
    channel.force(false);
    durableBytes += bytes;
    backlog.extend(lastSeq, bytes, firstMillis);
  }

  private void roll(long firstSeq) throws IOException {
    close();
    Segment segment = new Segment(directory.resolve(Segment.name(firstSeq)), 0, 0);
    // One of that name may be left of a failed try; it holds nothing durable.
    FileChannel opened =
        FileChannel.open(
            segment.path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      directory.sync();
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    channel = opened;
    durableBytes = 0;
    backlog.add(segment);
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
