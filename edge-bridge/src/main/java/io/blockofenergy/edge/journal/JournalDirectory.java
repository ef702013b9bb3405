package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.DirectoryLock;
import io.blockofenergy.telemetry.DurableDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal's directory: held by one process at a time, with an id that is drawn once. Blocks on
 * the disk; not thread-safe.
 */
final class JournalDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final String ASIDE = "damaged-";

  private final Path path;
  private final DirectoryLock lock;
  private final String journalId;

  private JournalDirectory(Path path, DirectoryLock lock, String bridge) throws IOException {
    this.path = path;
    this.lock = lock;
    for (Path left : files(".+" + DurableDirectory.TEMPORARY.replace(".", "\\."))) {
      Files.delete(left); // was never renamed, so nothing relies on it
    }
    this.journalId = identify(bridge);
  }

  /**
   * Takes the directory, makes it if absent.
   *
   * @throws IOException when another process holds it, or it is another bridge's
   */
  static JournalDirectory open(Path path, String bridge) throws IOException {
    DurableDirectory.create(path);
    DirectoryLock lock =
        DirectoryLock.take(path)
            .orElseThrow(
                () -> new IOException("the journal " + path + " is in use by another process"));
    try {
      return new JournalDirectory(path, lock, bridge);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private String identify(String bridge) throws IOException {
    Path idFile = path.resolve("journal.id");
    Path bridgeFile = path.resolve("journal.bridge");
    if (!Files.exists(idFile)) {
      if (!files("(segment|batch)-.*").isEmpty()) {
        throw new IOException("the journal " + path + " has lost its file journal.id");
      }
      byte[] id = new byte[4];
      new SecureRandom().nextBytes(id);
      DurableDirectory.replace(bridgeFile, text(bridge));
      DurableDirectory.replace(idFile, text(HexFormat.of().formatHex(id)));
    }
    String owner = Files.exists(bridgeFile) ? Files.readString(bridgeFile).strip() : bridge;
    if (!owner.equals(bridge)) {
      // Its readings carry the old name and would be refused under the new one.
      throw new IOException(
          "the journal " + path + " belongs to bridge " + owner + ", not to " + bridge);
    }
    String id = Files.readString(idFile).strip();
    if (!id.matches("[0-9a-f]{8}")) {
      throw new IOException(idFile + " does not hold 8 hex digits");
    }
    return id;
  }

  private static ByteBuffer text(String line) {
    return ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  String journalId() {
    return journalId;
  }

  Path resolve(String name) {
    return path.resolve(name);
  }

  /** Files whose name matches, in the order of their names. */
  List<Path> files(String form) throws IOException {
    Pattern name = Pattern.compile(form);
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
      for (Path file : all) {
        if (name.matcher(file.getFileName().toString()).matches()) {
          files.add(file);
        }
      }
    }
    Collections.sort(files);
    return files;
  }

  long bytes() throws IOException {
    long bytes = 0;
    for (Path file : files(".*")) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  /** Makes names durable: new files, renames. */
  void sync() throws IOException {
    DurableDirectory.sync(path);
  }

  /** Copies a file aside, under a name that nothing reads, for whoever wants to look into it. */
  Path copyAside(Path file) throws IOException {
    Path aside = asideName(file);
    Files.copy(file, aside);
    try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    sync();
    return aside;
  }

  /** Deletes the oldest copies that were put aside until the rest is at most {@code maxBytes}. */
  void trimAside(long maxBytes) throws IOException {
    Map<Path, FileTime> times = new HashMap<>();
    long bytes = 0;
    for (Path copy : files(ASIDE + ".*")) {
      times.put(copy, Files.getLastModifiedTime(copy));
      bytes += Files.size(copy);
    }
    List<Path> copies = new ArrayList<>(times.keySet());
    copies.sort(Comparator.comparing(times::get));
    for (Path copy : copies) {
      if (bytes <= maxBytes) {
        return;
      }
      bytes -= Files.size(copy);
      Files.delete(copy);
      log.warn("Deleted {}: the damaged files that were kept take too much room", copy);
    }
  }

  private Path asideName(Path file) {
    for (int i = 1; ; i++) {
      Path aside = path.resolve(ASIDE + file.getFileName() + "." + i);
      if (!Files.exists(aside)) {
        return aside;
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
