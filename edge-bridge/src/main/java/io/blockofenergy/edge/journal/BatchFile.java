package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A cut batch on disk. Its name says all that the next batch needs (sequence and hash), so that
 * damaged content cannot make the journal lose count: {@code batch-<firstSeq>-<count>-<millis of
 * its first reading>-<bodySha256>}, then {@code .batch}, or {@code .done} once the hub has it.
 */
record BatchFile(
    Path path, long firstSeq, int count, long firstMillis, String bodySha256, long bytes) {
  static final String WAITING = ".batch";
  static final String DONE = ".done";
  static final String NAME = "batch-(\\d{16})-(\\d{7})-(\\d{15})-([0-9a-f]{64})";

  /** More than a batch file can take: the largest body, the other members, the names. */
  static final int MAX_BYTES = Batch.MAX_BODY_BYTES + 4096;

  private static final Pattern FORM = Pattern.compile(NAME + "\\.(batch|done)");
  private static final int HEADER_BYTES = 16;
  private static final int MAGIC = 0xB0E5_BA7C;

  long lastSeq() {
    return firstSeq + count - 1;
  }

  boolean done() {
    return path.toString().endsWith(DONE);
  }

  /** The same batch under the name that it has once the hub has it. */
  BatchFile asDone() {
    String name = path.getFileName().toString().replace(WAITING, DONE);
    return new BatchFile(
        path.resolveSibling(name), firstSeq, count, firstMillis, bodySha256, bytes);
  }

  static BatchFile of(Path path) throws IOException {
    Matcher name = FORM.matcher(path.getFileName().toString());
    if (!name.matches()) {
      throw new IOException("not the name of a batch: " + path);
    }
    return new BatchFile(
        path,
        Long.parseLong(name.group(1)),
        Integer.parseInt(name.group(2)),
        Long.parseLong(name.group(3)),
        name.group(4),
        Files.size(path));
  }

  static String name(Batch batch, long firstMillis) {
    return String.format(
        Locale.ROOT,
        "batch-%016d-%07d-%015d-%s" + WAITING,
        batch.firstSeq(),
        batch.count(),
        firstMillis,
        batch.bodySha256());
  }

  static ByteBuffer encode(Batch batch) {
    byte[] members =
        String.join("\n", batch.bridge(), batch.journal(), batch.prev(), batch.signature())
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + members.length + batch.body().length);
    out.putInt(MAGIC).putInt(0).putInt(members.length).putInt(batch.body().length);
    out.put(members).put(batch.body());
    out.putInt(4, checksum(out.array()));
    return out.flip();
  }

  /**
   * Reads the batch back.
   *
   * @throws JournalRecord.Damaged when the content is not what was written
   */
  Batch read() throws IOException, JournalRecord.Damaged {
    byte[] bytes = Files.readAllBytes(path);
    if (bytes.length < HEADER_BYTES) {
      throw new JournalRecord.Damaged("a batch that is too short");
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      if (in.getInt() != MAGIC || in.getInt() != checksum(bytes)) {
        throw new JournalRecord.Damaged("a batch with a wrong checksum");
      }
      byte[] members = new byte[in.getInt()];
      byte[] body = new byte[in.getInt()];
      in.get(members).get(body);
      String[] texts = new String(members, StandardCharsets.UTF_8).split("\n", -1);
      return new Batch(texts[0], texts[1], firstSeq, count, bodySha256, texts[2], texts[3], body);
    } catch (BufferUnderflowException e) {
      throw new JournalRecord.Damaged("a batch that is too short");
    }
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 8, bytes.length - 8);
    return (int) crc.getValue();
  }
}
