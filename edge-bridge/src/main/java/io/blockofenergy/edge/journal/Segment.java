package io.blockofenergy.edge.journal;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A file of consecutive records, named by the first. Its extent is guarded by the {@link Backlog}
 * that it was added to, and changed only there.
 */
final class Segment {
  static final String NAME = "segment-\\d{16}\\.log";

  final Path path;

  /** Of the last durable record; 0 when there is none. */
  long lastSeq;

  /** Durable bytes: what a reader may read. */
  long bytes;

  Segment(Path path, long lastSeq, long bytes) {
    this.path = path;
    this.lastSeq = lastSeq;
    this.bytes = bytes;
  }

  /** The number of the first reading that a file of this name can hold. */
  static long firstSeq(Path path) {
    String name = path.getFileName().toString();
    return Long.parseLong(name.substring(name.indexOf('-') + 1, name.indexOf('.')));
  }

  static String name(long firstSeq) {
    return String.format(Locale.ROOT, "segment-%016d.log", firstSeq);
  }
}
