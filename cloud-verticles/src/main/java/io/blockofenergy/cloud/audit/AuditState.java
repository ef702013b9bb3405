package io.blockofenergy.cloud.audit;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import org.h2.mvstore.MVStore;

/**
 * What the audit remembers by itself, in a file of its own: whoever can write to the audited store
 * must not be able to tell the audit what it has seen already. Lost, it costs a look at everything
 * once more. What is set is durable after {@link #commit()}, all of it or nothing. Belongs to one
 * thread.
 */
public final class AuditState implements AutoCloseable {
  private static final String MARK = "mark";
  private static final String ANCHORS = "anchors";
  private static final String PROGRESS = "progress";
  private static final String REFUSALS = "refusals";
  private static final String SEEN = "seen";

  private final MVStore store;
  private final Map<String, String> values;
  private final Map<String, String> rollups;
  private final Map<Long, Boolean> disputes;
  private final Map<String, String> gaps;
  private final Map<String, Boolean> doubtful;

  private AuditState(String file) {
    this.store =
        new MVStore.Builder()
            .fileName(file)
            .autoCommitDisabled()
            .autoCommitBufferSize(0)
            .cacheSize(16)
            .open();
    this.values = store.openMap("values");
    this.rollups = store.openMap("rollups");
    this.disputes = store.openMap("disputes");
    this.gaps = store.openMap("gaps");
    this.doubtful = store.openMap("doubtful");
  }

  /**
   * Opens the state of a directory, which is made when it is not there. Blocks.
   *
   * @throws IllegalStateException when another process has it open, or it is damaged
   */
  public static AuditState open(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path file = directory.resolve("audit.mv");
    try {
      return new AuditState(file.toString());
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "the audit's file "
              + file
              + " cannot be opened: "
              + e.getMessage()
              + " (it may be removed: the next audit then looks at everything)",
          e);
    }
  }

  /** A state that ends with the process. */
  public static AuditState inMemory() {
    return new AuditState(null);
  }

  /** Up to where everything was compared. */
  AuditRun.Mark mark() {
    String mark = values.get(MARK);
    return mark == null ? AuditRun.Mark.START : AuditRun.Mark.of(new JsonObject(mark));
  }

  void mark(AuditRun.Mark mark) {
    values.put(MARK, mark.json().encode());
  }

  /** How many anchors the chain had when it had most. */
  long mostAnchors() {
    return Long.parseLong(values.getOrDefault(ANCHORS, "0"));
  }

  void mostAnchors(long anchors) {
    values.put(ANCHORS, Long.toString(anchors));
  }

  /** How many entries were on the chain when, in the audit's own words. */
  String seen() {
    return values.getOrDefault(SEEN, "");
  }

  void seen(String seen) {
    values.put(SEEN, seen);
  }

  /** When the last refusal of a witness that was reported had happened. */
  String refusalsUpTo() {
    return values.getOrDefault(REFUSALS, "");
  }

  void refusalsUpTo(String instant) {
    values.put(REFUSALS, instant);
  }

  /** How far a full audit has come that has not ended. */
  Optional<JsonObject> progress() {
    return Optional.ofNullable(values.get(PROGRESS)).map(JsonObject::new);
  }

  void progress(JsonObject progress) {
    values.put(PROGRESS, progress.encode());
  }

  /** What the readings compared so far give, by rollup. */
  Map<String, String> rollups() {
    return rollups;
  }

  /** Of the bundles whose entries are not those of their tile, whether the tile counts. */
  Map<Long, Boolean> disputes() {
    return disputes;
  }

  /** Open gaps of journals, by the batch after them: when the audit first saw them. */
  Map<String, String> gaps() {
    return gaps;
  }

  /** Days of which a reading may be missing. */
  void doubt(LocalDate day) {
    doubtful.put(day.toString(), true);
  }

  boolean isDoubtful(String day) {
    return doubtful.containsKey(day);
  }

  /** Forgets what belongs to one run. */
  void endRun() {
    values.remove(PROGRESS);
    rollups.clear();
    disputes.clear();
    doubtful.clear();
  }

  void commit() {
    store.commit();
  }

  @Override
  public void close() {
    store.closeImmediately(); // what was not committed belongs to a run that goes on from before
  }
}
