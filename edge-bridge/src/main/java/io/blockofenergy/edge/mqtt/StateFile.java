package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.DurableDirectory;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of keys and values that is only ever appended to, and written anew when most of it is out
 * of date. What is written together is there together after a crash, or not at all. Blocks on the
 * disk; used by one thread.
 *
 * <p>Form: 8 bytes {@code BOEMQTT1}, then frames ({@link StateFrame}).
 */
final class StateFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final byte[] MAGIC = "BOEMQTT1".getBytes(StandardCharsets.US_ASCII);

  /** Not worth writing anew below this. */
  private static final long SMALL_BYTES = 4 << 20;

  private static final int COPY_BYTES = 1 << 20;

  private record Place(long offset, int length) {}

  private final Path file;

  /** Replaced as a whole when the file is: others look at it. */
  private volatile Map<String, Place> places = new ConcurrentHashMap<>();

  private FileChannel channel;
  private long end;
  private long liveBytes;
  private long worthRewriting = SMALL_BYTES;

  private StateFile(Path file) throws IOException {
    this.file = file;
    this.channel = open(file);
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * Opens the file or makes it. A torn end is cut off: nobody was told that it was written.
   * Anything else that is damaged is left out, after the whole file was copied aside under a name
   * that the log tells.
   */
  static StateFile open(Path file, BiConsumer<String, byte[]> recovered) throws IOException {
    Files.deleteIfExists(next(file)); // was never renamed, so nothing relies on it
    StateFile opened = new StateFile(file);
    try {
      SortedMap<String, byte[]> values = opened.recover();
      values.forEach(recovered);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static Path next(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  private SortedMap<String, byte[]> recover() throws IOException {
    SortedMap<String, byte[]> values = new TreeMap<>();
    long size = channel.size();
    if (size < MAGIC.length) {
      channel.write(ByteBuffer.wrap(MAGIC), 0);
      channel.force(true);
      DurableDirectory.sync(file.toAbsolutePath().getParent());
      end = MAGIC.length;
      return values;
    }
    List<Long> damaged = new ArrayList<>();
    if (!ByteBuffer.wrap(MAGIC).equals(read(0, (int) Math.min(size, MAGIC.length)))) {
      damaged.add(0L);
      size = 0;
    }
    end = MAGIC.length;
    while (end + StateFrame.HEADER_BYTES <= size) {
      ByteBuffer header = read(end, StateFrame.HEADER_BYTES);
      int length = StateFrame.bodyLength(header);
      long offset = end + StateFrame.HEADER_BYTES;
      if (length == 0 && !isZero(end, size)) {
        damaged.add(end);
      }
      if (length == 0 || offset + length > size) {
        break; // torn, or nobody knows what follows
      }
      ByteBuffer body = read(offset, length);
      if (StateFrame.isSound(header, body)) {
        recover(body, offset, values);
      } else if (offset + length == size) {
        break; // torn
      } else {
        damaged.add(end);
      }
      end = offset + length;
    }
    if (!damaged.isEmpty()) {
      setAside(damaged);
      rewrite();
    } else if (end < channel.size()) {
      log.info("{}: cut off what was being written at the end", file);
      channel.truncate(end);
      channel.force(true);
    }
    return values;
  }

  private void setAside(List<Long> damaged) throws IOException {
    Path copy;
    int i = 1;
    do {
      copy = file.resolveSibling("damaged-" + file.getFileName() + '.' + i++);
    } while (Files.exists(copy));
    Files.copy(file, copy);
    log.error(
        "{} is damaged at {}; the rest is used, all of it is kept as {}", file, damaged, copy);
  }

  private boolean isZero(long from, long to) throws IOException {
    ByteBuffer rest = read(from, (int) Math.min(to - from, COPY_BYTES));
    while (rest.hasRemaining()) {
      if (rest.get() != 0) {
        return false;
      }
    }
    return true;
  }

  private void recover(ByteBuffer body, long offset, Map<String, byte[]> values) {
    StateFrame.read(
        body,
        (key, at, length) -> {
          apply(key, offset + at, length);
          if (length < 0) {
            values.remove(key);
          } else {
            values.put(key, Arrays.copyOfRange(body.array(), at, at + length));
          }
        });
  }

  /**
   * Takes note of an entry.
   *
   * @param offset of its value in the file
   * @param length negative when the key is gone
   */
  private void apply(String key, long offset, int length) {
    if (length < 0) {
      forget(key);
    } else {
      place(key, new Place(offset, length));
    }
  }

  private void place(String key, Place place) {
    forget(key);
    places.put(key, place);
    liveBytes += entryBytes(key, place);
  }

  private void forget(String key) {
    Place before = places.remove(key);
    if (before != null) {
      liveBytes -= entryBytes(key, before);
    }
  }

  private static long entryBytes(String key, Place place) {
    return (long) StateFrame.ENTRY_BYTES + key.length() + place.length();
  }

  /** Whether the file has a value for the key. Safe for any thread. */
  boolean contains(String key) {
    return places.containsKey(key);
  }

  /**
   * Appends, as one whole, and syncs.
   *
   * @param changes values by key, null for a key that is gone
   * @throws IOException when the disk took it not or not wholly: the file is as it was before
   * @throws StateUnknownException when the disk may have lost what it took
   */
  void write(Map<String, byte[]> changes) throws IOException {
    Map<String, byte[]> needed = new LinkedHashMap<>(changes);
    // Keys that came and went between two writes were never here.
    needed.entrySet().removeIf(it -> it.getValue() == null && !places.containsKey(it.getKey()));
    if (needed.isEmpty()) {
      return;
    }
    ByteBuffer frame = StateFrame.of(needed);
    long offset = end;
    try {
      while (frame.hasRemaining()) {
        channel.write(frame, offset + frame.position());
      }
    } catch (IOException e) {
      channel.truncate(end);
      throw e;
    }
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new StateUnknownException(e);
    }
    end += frame.limit();
    StateFrame.read(
        frame.position(StateFrame.HEADER_BYTES),
        (key, at, length) -> apply(key, offset + StateFrame.HEADER_BYTES + at, length));
    if (end > Math.max(worthRewriting, 3 * liveBytes)) {
      makeSmaller();
    }
  }

  private void makeSmaller() throws StateUnknownException {
    try {
      rewrite();
      worthRewriting = SMALL_BYTES;
    } catch (StateUnknownException e) {
      throw e;
    } catch (IOException e) {
      // It can wait: what was written is safe where it is.
      worthRewriting = 2 * end;
      log.warn("{} cannot be written anew: {}", file, e.getMessage());
    }
  }

  /** Writes what is not out of date into a new file, which takes the place of this one. */
  private void rewrite() throws IOException {
    Path next = next(file);
    Files.deleteIfExists(next);
    Map<String, Place> moved = new HashMap<>();
    FileChannel target = open(next);
    long size;
    try {
      size = copyTo(target, moved);
      target.force(true);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      target.close();
      Files.deleteIfExists(next);
      throw e;
    }
    channel.close();
    channel = target;
    end = size;
    places = new ConcurrentHashMap<>(moved);
    try {
      DurableDirectory.sync(file.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new StateUnknownException(e);
    }
  }

  /** A frame an entry: nothing here has to be there together with something else. */
  private long copyTo(FileChannel target, Map<String, Place> moved) throws IOException {
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(target), COPY_BYTES);
    out.write(MAGIC);
    long size = MAGIC.length;
    for (Map.Entry<String, Place> entry : places.entrySet()) {
      byte[] value = read(entry.getValue().offset(), entry.getValue().length()).array();
      ByteBuffer frame = StateFrame.of(Map.of(entry.getKey(), value));
      out.write(frame.array());
      size += frame.limit();
      moved.put(entry.getKey(), new Place(size - value.length, value.length));
    }
    out.flush();
    return size;
  }

  private ByteBuffer read(long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        throw new IOException(file + " has become shorter");
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
