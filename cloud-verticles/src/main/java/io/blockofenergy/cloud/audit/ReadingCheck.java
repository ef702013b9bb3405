package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The readings of logged batches against the log. What is verified goes on to the rollups. Blocks;
 * belongs to one thread.
 */
final class ReadingCheck {
  private static final int MAX_PENDING = 4096;
  private static final int TOGETHER = 256;
  private static final int LATER = 32;
  private static final int MAX_DOUBTFUL_DAYS = 400;
  private static final Duration CLOCKS_DIFFER_BY = Duration.ofSeconds(10);
  private static final Duration GRACE_OF_CLOCKS = Duration.ofMinutes(10);

  /** A reading that the log has and the store has not. */
  private record Absent(Logged batch, long seq, LocalDate before) {
    long leaf() {
      return batch.leafStart() + seq - batch.firstSeq();
    }

    String key() {
      return batch.key(seq);
    }

    String reading() {
      return batch.readingId(seq);
    }
  }

  private final Audit audit;
  private final AuditRun run;
  private final Documents documents;
  private final LogPages log;
  private final Findings findings;
  private final Acts acts;
  private final RollupCheck rollups;
  private final AuditState state;
  private final AuditConfig config;
  private final Clock clock;

  private final List<Absent> absent = new ArrayList<>();
  private final List<Absent> pending = new ArrayList<>();
  private long firstPending = Long.MAX_VALUE;
  private LocalDate lastGood;
  private boolean inDoubt;

  ReadingCheck(
      Audit audit,
      AuditRun run,
      Documents documents,
      LogPages log,
      Findings findings,
      Acts acts,
      RollupCheck rollups,
      AuditState state,
      AuditConfig config,
      Clock clock) {
    this.audit = audit;
    this.run = run;
    this.documents = documents;
    this.log = log;
    this.findings = findings;
    this.acts = acts;
    this.rollups = rollups;
    this.state = state;
    this.config = config;
    this.clock = clock;
  }

  /** The first entry whose reading is neither there nor due; the log's size when there is none. */
  long firstPending() {
    return firstPending;
  }

  /**
   * Compares a batch.
   *
   * @param found what is stored under its readings' keys
   */
  void compare(Logged batch, Map<String, Optional<JsonObject>> found) {
    int there = 0;
    for (long seq = batch.firstSeq(); seq <= batch.lastSeq(); seq++) {
      Optional<JsonObject> document = found.get(batch.key(seq));
      if (document == null) {
        absent.add(new Absent(batch, seq, lastGood));
      } else {
        compare(batch, seq, StoredReading.of(document));
        there++;
      }
    }
    audit.checked(run, there);
    if (absent.size() >= TOGETHER) {
      settleAbsent();
    }
  }

  private void compare(Logged batch, long seq, StoredReading stored) {
    long leaf = batch.leafStart() + seq - batch.firstSeq();
    if (stored.erased() != null) {
      if (!acts.covers(stored.erased(), batch.readingId(seq))) {
        findings.add(
            FindingType.DELETED,
            batch.readingId(seq),
            leaf,
            "it is said to be erased by "
                + stored.erased().act()
                + ", which is no logged erasure of it");
        doubt();
      }
      return;
    }
    if (stored.hash() == null) {
      altered(batch, seq, "the stored document is not a reading: " + stored.fault());
      return;
    }
    byte[] logged = log.leafHash(leaf);
    if (!Arrays.equals(MerkleTree.leafHash(stored.hash()), logged)) {
      altered(
          batch,
          seq,
          "the stored reading has hash "
              + HexFormat.of().formatHex(stored.hash())
              + ", the log says another");
      return;
    }
    good(stored.reading());
  }

  private void altered(Logged batch, long seq, String detail) {
    findings.add(
        FindingType.ALTERED,
        batch.readingId(seq),
        batch.leafStart() + seq - batch.firstSeq(),
        detail);
    doubt();
  }

  private void good(Reading reading) {
    LocalDate day = LocalDate.ofInstant(reading.measuredAt(), ZoneOffset.UTC);
    if (inDoubt) {
      inDoubt = false;
      doubtBetween(lastGood, day);
    }
    lastGood = day;
    rollups.verified(reading);
  }

  /** Of what day a reading was that is gone, its neighbours tell. */
  private void doubt() {
    inDoubt = true;
    if (lastGood != null) {
      state.doubt(lastGood);
    }
  }

  /** From the reading before to the one after, as far as these are known. */
  private void doubtBetween(LocalDate before, LocalDate after) {
    if (before == null && after == null) {
      return;
    }
    LocalDate until = after == null ? before : after;
    LocalDate day = before == null || before.isAfter(until) ? until : before;
    state.doubt(day);
    state.doubt(until);
    for (int i = 0; i < MAX_DOUBTFUL_DAYS && day.isBefore(until); i++) {
      day = day.plusDays(1);
      state.doubt(day);
    }
  }

  /** Judges what was not there. To be called before {@link #firstPending()} is relied on. */
  void settleAbsent() {
    for (int from = 0; from < absent.size(); from += TOGETHER) {
      judge(absent.subList(from, Math.min(absent.size(), from + TOGETHER)), true);
    }
    absent.clear();
  }

  /** Looks once more at what was not there and not due; the rest is left to the next run. */
  void finish() {
    settleAbsent();
    run.pending = 0;
    for (int from = 0; from < pending.size(); from += TOGETHER) {
      judge(pending.subList(from, Math.min(pending.size(), from + TOGETHER)), false);
    }
    pending.clear();
  }

  /**
   * A reading that is not there is a finding when storage has said that it stored it, or has had
   * the time to: when the store says so; or, whatever the store says, when an earlier audit has
   * seen it or its entry has been on the chain for {@link AuditConfig#missing}. That is asked
   * before looking again, so that one which storage has just now put there is never called deleted.
   */
  private void judge(List<Absent> missing, boolean mayWait) {
    List<String> ids = missing.stream().map(each -> each.batch().id()).distinct().toList();
    String limit = Reading.format(clock.instant().minus(config.grace()));
    Map<Object, Optional<JsonObject>> logged = await(documents.byId("log_batches", ids));
    Map<Object, Optional<JsonObject>> ingested = await(documents.byId("batches", ids));
    Map<String, String> due = new HashMap<>();
    for (String id : ids) {
      Object appendedAt = Documents.member(logged.get(id), "appendedAt");
      Object storedAt = Documents.member(ingested.get(id), "storedAt");
      boolean late =
          !(appendedAt instanceof String at)
              || at.compareTo(limit) < 0
              || at.compareTo(Reading.format(clock.instant().plus(GRACE_OF_CLOCKS))) > 0;
      if (storedAt != null) {
        due.put(id, "it was stored at " + storedAt + " and is not there any more");
      } else if (late && (ingested.get(id) == null || storageIsPast(appendedAt, limit))) {
        due.put(id, "it was logged at " + appendedAt + " and is not stored");
      }
    }
    // Of these the store's word is not needed.
    long surelyStored = Math.max(state.mark().size(), audit.dueSize());
    Map<Object, Optional<JsonObject>> again =
        await(documents.byId("readings", missing.stream().map(Absent::key).toList()));
    for (Absent each : missing) {
      Optional<JsonObject> document = again.get(each.key());
      String id = each.batch().id();
      if (document != null) {
        compare(each.batch(), each.seq(), StoredReading.of(document));
        audit.checked(run, 1);
      } else if (due.containsKey(id) || each.leaf() < surelyStored) {
        String why = due.getOrDefault(id, "an earlier audit has seen it, or it has long been due");
        findings.add(FindingType.DELETED, each.reading(), each.leaf(), why);
        doubtBetween(each.before(), lastGood);
        audit.checked(run, 1);
      } else if (!mayWait) {
        run.pending++;
      } else {
        firstPending = Math.min(firstPending, each.leaf());
        if (pending.size() < MAX_PENDING) {
          pending.add(each);
        }
      }
    }
  }

  /**
   * Whether storage has for some time been done with a batch that came in when this one had been
   * logged. It takes them as they come, so before that it may simply be behind. How they are
   * numbered says nothing: a bridge sends what is new before what has waited.
   */
  private boolean storageIsPast(Object appendedAt, String limit) {
    JsonObject later =
        new JsonObject().put("ingestedAt", new JsonObject().put("$gt", surelyAfter(appendedAt)));
    for (Optional<JsonObject> batch :
        await(documents.page("batches", later, new JsonObject().put("ingestedAt", 1), 0, LATER))) {
      if (Documents.member(batch, "storedAt") instanceof String storedAt
          && storedAt.compareTo(limit) < 0) {
        return true;
      }
    }
    return false;
  }

  /** The two times are of different processes, whose clocks may differ. */
  private static String surelyAfter(Object appendedAt) {
    try {
      return appendedAt instanceof String at
          ? Reading.format(Instant.parse(at).plus(CLOCKS_DIFFER_BY))
          : "";
    } catch (DateTimeParseException e) {
      return ""; // somebody has been at it: then the order says nothing in its favour
    }
  }
}
