package io.blockofenergy.telemetry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Supplier;

/** A key or password in a file of its own, mode 0600. All methods block. */
public final class SecretFile {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private SecretFile() {}

  /**
   * Reads the secret, or keeps a new one durably when the file does not exist.
   *
   * @param draw makes a new secret
   * @throws IOException when the file is open to others than its owner, is empty, or cannot be
   *     written
   */
  public static String loadOrCreate(Path file, Supplier<String> draw) throws IOException {
    if (!Files.exists(file)) {
      DurableDirectory.create(file.toAbsolutePath().getParent());
      write(file, draw.get());
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    if (!OWNER_ONLY.containsAll(permissions)) {
      throw new IOException(
          "key file "
              + file
              + " is open to others ("
              + PosixFilePermissions.toString(permissions)
              + "): set it to mode 0600");
    }
    String secret = Files.readString(file).strip();
    if (secret.isEmpty()) {
      throw new IOException("key file " + file + " is empty");
    }
    return secret;
  }

  /** Replaces the file by one that is whole, whatever happens, and open to its owner alone. */
  public static void write(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(temporary, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.endsWith("\n") ? text : text + "\n");
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.sync(file.toAbsolutePath().getParent());
  }
}
