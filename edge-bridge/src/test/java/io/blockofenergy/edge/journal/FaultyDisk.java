package io.blockofenergy.edge.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.tests.mockfile.FilterFileChannel;
import org.apache.lucene.tests.mockfile.FilterFileSystemProvider;

/**
 * A directory on a disk that does what disks do at their worst: becomes full in the middle of a
 * write, fails to sync, loses its power. It remembers what was synced, and can tell what would be
 * left: names that their directory's sync has not covered, and bytes that their file's has not, may
 * be there or not (fsync(2)). Safe for any thread.
 */
final class FaultyDisk extends FilterFileSystemProvider {
  /** A file, whatever its name is now. */
  private static final class Inode {
    byte[] synced = {};
  }

  private final Path root;

  // Guarded by this.
  private final Map<Path, Inode> names = new HashMap<>();
  private Map<Path, Inode> syncedNames = new HashMap<>();
  private boolean off;
  private boolean syncFails;
  private boolean readFails;
  private long room = Long.MAX_VALUE;

  /**
   * @param root a directory that exists
   */
  FaultyDisk(Path root) {
    super("faulty://", root.getFileSystem());
    this.root = root;
  }

  /** The directory, as this disk's. */
  Path directory() {
    return wrapPath(root);
  }

  /** Takes so many bytes more and no further one. */
  synchronized void room(long bytes) {
    room = bytes;
  }

  synchronized void failSyncs() {
    syncFails = true;
  }

  /** Whether files that exist cannot be read now, as when a process has no descriptor left. */
  synchronized void failReads(boolean fail) {
    readFails = fail;
  }

  /** Nothing is read or written any more. */
  synchronized void powerOff() {
    off = true;
  }

  /** Makes in {@code target} what is found when the power comes back. */
  synchronized void salvage(Path target, Random random) throws IOException {
    Map<Path, Inode> found = random.nextBoolean() ? syncedNames : names;
    for (Map.Entry<Path, Inode> entry : found.entrySet()) {
      byte[] content = entry.getValue().synced;
      Path now = pathOf(entry.getValue());
      if (now != null && random.nextBoolean()) {
        byte[] written = Files.readAllBytes(now);
        if (written.length > content.length) {
          int more = random.nextInt(written.length - content.length + 1);
          content = Arrays.copyOf(written, content.length + more);
        }
      }
      Files.write(target.resolve(root.relativize(entry.getKey()).toString()), content);
    }
  }

  private Path pathOf(Inode inode) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue() == inode)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  private void requirePower() throws IOException {
    if (off) {
      throw new IOException("the power is off");
    }
  }

  @Override
  public synchronized FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    requirePower();
    Path real = toDelegate(path);
    FileChannel channel = super.newFileChannel(path, options, attributes);
    if (!Files.isDirectory(real)) {
      names.computeIfAbsent(real, it -> new Inode());
    }
    return new Channel(channel, real, names.get(real));
  }

  @Override
  public synchronized SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    if (readFails) {
      throw new IOException("Too many open files");
    }
    return super.newByteChannel(path, options, attributes);
  }

  @Override
  public synchronized void move(Path source, Path target, CopyOption... options)
      throws IOException {
    requirePower();
    super.move(source, target, options);
    names.put(toDelegate(target), names.remove(toDelegate(source)));
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    requirePower();
    super.delete(path);
    names.remove(toDelegate(path));
  }

  @Override
  public synchronized boolean deleteIfExists(Path path) throws IOException {
    requirePower();
    names.remove(toDelegate(path));
    return super.deleteIfExists(path);
  }

  private synchronized void write(int bytes, Write write) throws IOException {
    requirePower();
    write.upTo((int) Math.min(bytes, room));
    if (bytes > room) {
      room = 0;
      throw new IOException("No space left on device");
    }
    room -= bytes;
  }

  private synchronized void sync(Path real, Inode inode) throws IOException {
    requirePower();
    if (syncFails) {
      throw new IOException("Input/output error");
    }
    if (inode == null) {
      syncedNames = new HashMap<>(names); // there is one directory
    } else {
      Path now = pathOf(inode);
      inode.synced = now == null ? inode.synced : Files.readAllBytes(now);
    }
  }

  private interface Write {
    void upTo(int bytes) throws IOException;
  }

  private final class Channel extends FilterFileChannel {
    private final Path real;

    /** Null for a directory. */
    private final Inode inode;

    Channel(FileChannel channel, Path real, Inode inode) {
      super(channel);
      this.real = real;
      this.inode = inode;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int bytes = source.remaining();
      FaultyDisk.this.write(bytes, count -> super.write(part(source, count)));
      source.position(source.limit());
      return bytes;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      int bytes = source.remaining();
      FaultyDisk.this.write(bytes, count -> super.write(part(source, count), position));
      source.position(source.limit());
      return bytes;
    }

    private ByteBuffer part(ByteBuffer source, int count) {
      return source.duplicate().limit(source.position() + count);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      synchronized (FaultyDisk.this) {
        requirePower();
        super.truncate(size);
        return this;
      }
    }

    @Override
    public void force(boolean metaData) throws IOException {
      sync(real, inode);
    }
  }
}
