package io.blockofenergy.edge.intake;

import io.blockofenergy.telemetry.DurableDirectory;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what could not be decoded, whole, one JSON object a line: {@code time}, {@code topic},
 * {@code reason} and {@code payload} in base64. When the file has reached half of its bound it
 * becomes {@code <name>.old} and replaces the one before, so that both together keep to the bound.
 *
 * <p>Blocks on the disk; safe for any thread.
 */
public final class DeadLetterFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeadLetterFile.class);

  private final Path file;
  private final long maxBytes;
  private final Counter discarded;
  private FileChannel channel;

  /**
   * @param maxBytes bound of the file and its predecessor together
   * @param discarded counts the bytes of those that had to make way
   */
  public DeadLetterFile(Path file, long maxBytes, Counter discarded) throws IOException {
    this.file = file;
    this.maxBytes = maxBytes;
    this.discarded = discarded;
    DurableDirectory.create(file.toAbsolutePath().getParent());
    this.channel = open();
    cutUnfinishedLine();
  }

  /**
   * Writes one dead letter; it is on the disk when this returns.
   *
   * @throws IOException when it could not be written, or is alone larger than half of the bound
   */
  public synchronized void write(Instant time, String topic, byte[] payload, String reason)
      throws IOException {
    String line =
        new JsonObject()
                .put("time", time.toString())
                .put("topic", topic)
                .put("reason", reason)
                .put("payload", Base64.getEncoder().encodeToString(payload))
                .encode()
            + "\n";
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > maxBytes / 2) {
      throw new IOException("a dead letter of " + bytes.length + " bytes does not fit " + file);
    }
    if (!channel.isOpen()) {
      channel = open(); // an earlier change of files did not come to its end
    }
    if (channel.size() + bytes.length > maxBytes / 2) {
      channel.close();
      Path old = file.resolveSibling(file.getFileName() + ".old");
      if (Files.exists(old)) {
        discarded.increment(Files.size(old));
        log.warn("{} is full: the oldest dead letters, {} bytes, make way", file, Files.size(old));
      }
      Files.move(file, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      channel = open();
    }
    long before = channel.size();
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(false);
    } catch (IOException e) {
      channel.truncate(before); // half a line would swallow the next one
      throw e;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  private FileChannel open() throws IOException {
    FileChannel opened =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    try {
      DurableDirectory.sync(file.toAbsolutePath().getParent());
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** A crash may have left half a line, which would swallow the next one. */
  private void cutUnfinishedLine() throws IOException {
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      long end = reader.size();
      while (end > 0 && (reader.read(one.clear(), end - 1) < 1 || one.get(0) != '\n')) {
        end--;
      }
      channel.truncate(end);
    }
  }
}
