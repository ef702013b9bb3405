package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.DurableDirectory;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The largest checkpoint that was signed on this machine, kept beside the key and apart from the
 * log's store: file {@code log.signed}, the signed note. It is durable before the checkpoint can be
 * seen by anybody, so a store that was restored from a backup, or lost what it had acknowledged, is
 * noticed before a second history is signed.
 *
 * <p>A process that stood by has an older one, or none: it is a lower bound of what was signed.
 * Methods block; safe for any thread.
 */
public final class SignedHead {
  private static final String FILE = "log.signed";

  private final Path file;
  private final VerifierKey key;

  /**
   * @param directory that of the log's key; exists
   */
  public SignedHead(Path directory, VerifierKey key) {
    this.file = directory.resolve(FILE);
    this.key = key;
  }

  /**
   * What was signed here last; empty when nothing was.
   *
   * @throws LogContradictionException when the file does not hold a checkpoint of this log
   */
  public synchronized Optional<Checkpoint> read() throws IOException {
    String note;
    try {
      note = Files.readString(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      Checkpoint signed = Checkpoint.parse(SignedNote.verify(note, key));
      if (signed.origin().equals(key.name())) {
        return Optional.of(signed);
      }
    } catch (MalformedProofException e) {
      throw new LogContradictionException(
          file + " is not a checkpoint by this log's key: " + e.getMessage());
    }
    throw new LogContradictionException(file + " is not a checkpoint of " + key.name());
  }

  /**
   * Keeps a checkpoint that is about to be made public; a larger one stays, for a writer whose turn
   * is over may come late.
   *
   * @throws LogContradictionException when another root was signed for this size
   */
  public synchronized void keep(LogCheckpoint checkpoint) throws IOException {
    Optional<Checkpoint> before = read();
    if (before.isPresent() && before.get().size() >= checkpoint.treeSize()) {
      if (before.get().size() == checkpoint.treeSize()
          && !Arrays.equals(before.get().root(), checkpoint.root())) {
        throw new LogContradictionException(
            "the log has signed another root for "
                + checkpoint.treeSize()
                + " entries: its store was restored or rolled back");
      }
      return;
    }
    DurableDirectory.replace(
        file, ByteBuffer.wrap(checkpoint.note().getBytes(StandardCharsets.UTF_8)));
  }
}
