package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.cloud.audit.DerivedDay.Difference;
import io.blockofenergy.cloud.audit.Documents.Kept;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The rollups against what the verified readings give. What that is grows while readings are
 * verified, in {@link AuditState#rollups()}, with the days used last in memory. Blocks; belongs to
 * one thread.
 */
final class RollupCheck {
  private static final String ROLLUPS = "rollups";
  private static final int IN_MEMORY = 2048;
  private static final int PAGE = 64;
  private static final int READINGS = 1000;
  private static final int TRIES = 3;
  private static final int SHOWN = 3;
  private static final int PART_HOURS = 6;
  private static final int DAY_CHARACTERS = 10;

  /** Of a day, in ids. */
  private static final List<String> PARTS = List.of("T00", "T06", "T12", "T18");

  private final Documents documents;
  private final Findings findings;
  private final Acts acts;
  private final Rebuilding rebuilding;
  private final AuditRun run;
  private final LogPages log;
  private final AuditState state;
  private Logged last;
  private final Map<String, DerivedDay> recent =
      new LinkedHashMap<>(IN_MEMORY * 2, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DerivedDay> eldest) {
          if (size() <= IN_MEMORY) {
            return false;
          }
          state.rollups().put(eldest.getKey(), eldest.getValue().json());
          return true;
        }
      };

  RollupCheck(
      Documents documents,
      Findings findings,
      Acts acts,
      Rebuilding rebuilding,
      AuditRun run,
      LogPages log,
      AuditState state) {
    this.documents = documents;
    this.findings = findings;
    this.acts = acts;
    this.rebuilding = rebuilding;
    this.run = run;
    this.log = log;
    this.state = state;
  }

  /** Takes a reading that is as the log has it. */
  void verified(Reading reading) {
    if (DerivedDay.concerns(reading)) {
      recent.computeIfAbsent(id(reading), this::kept).add(reading);
    }
  }

  private DerivedDay kept(String id) {
    String json = state.rollups().get(id);
    return json == null ? new DerivedDay() : DerivedDay.parse(json);
  }

  /** Puts what is in memory into the state. */
  void flush() {
    recent.forEach((id, day) -> state.rollups().put(id, day.json()));
  }

  /** Forgets what was derived. */
  void forget() {
    recent.clear();
    state.rollups().clear();
  }

  private static String id(Reading reading) {
    LocalDateTime time = LocalDateTime.ofInstant(reading.measuredAt(), ZoneOffset.UTC);
    String part = PARTS.get(time.getHour() / PART_HOURS);
    return id(reading.device(), time.toLocalDate() + part, reading.counterEpoch());
  }

  private static String id(String device, String part, String counterEpoch) {
    return encoded(device) + '/' + part + '/' + encoded(counterEpoch);
  }

  /** The day of a part, {@code uuuu-MM-dd} and one of the {@link #PARTS}. */
  private static String day(String part) {
    return part.substring(0, Math.min(DAY_CHARACTERS, part.length()));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  /** Compares all rollups, in both directions. */
  void compareAll() {
    flush();
    rebuilding.look();
    Iterator<String> derived = state.rollups().keySet().iterator();
    Cursor stored = new Cursor(documents, ROLLUPS, "", PAGE);
    String due = derived.hasNext() ? derived.next() : null;
    for (Kept kept = stored.peek(); kept != null || due != null; kept = stored.peek()) {
      int order = kept == null ? 1 : due == null ? -1 : kept.id().compareTo(due);
      if (order <= 0) {
        compare(kept.id(), kept.document(), order == 0 ? kept(kept.id()) : new DerivedDay());
        stored.next();
      } else {
        compare(due, null, kept(due));
      }
      if (order >= 0) {
        due = derived.hasNext() ? derived.next() : null;
      }
    }
  }

  /** Compares what new readings give with the rollups of their days, which may hold more. */
  void compareLatest() {
    flush();
    rebuilding.look();
    for (Map.Entry<String, String> each : state.rollups().entrySet()) {
      Optional<JsonObject> document =
          await(documents.byId(ROLLUPS, List.of(each.getKey()))).get(each.getKey());
      reportLacks(
          each.getKey(),
          DerivedDay.parse(each.getValue()).differences(Documents.member(document, "q")));
    }
  }

  /**
   * @param document null when there is none, empty when it cannot be read
   */
  private void compare(String id, Optional<JsonObject> document, DerivedDay derived) {
    if (document != null && !isOf(id, document)) {
      report(id, "the rollup is not of the form of one");
      return;
    }
    List<Difference> differences = derived.differences(Documents.member(document, "q"));
    if (differences.isEmpty()) {
      return;
    }
    String[] parts = id.split("/", -1);
    if (state.isDoubtful(parts.length == 3 ? day(parts[1]) : "")) {
      // A reading of that day may be the one that is altered or gone, and would explain more.
      reportLacks(id, differences);
      return;
    }
    Set<String> quarters = new HashSet<>();
    differences.forEach(difference -> quarters.add(difference.quarter()));
    again(id, parts, quarters, derived);
  }

  private static boolean isOf(String id, Optional<JsonObject> document) {
    return Documents.member(document, "device") instanceof String device
        && Documents.member(document, "day") instanceof String day
        && isDay(day)
        && Documents.member(document, "counterEpoch") instanceof String counterEpoch
        && Documents.member(document, "q") instanceof JsonObject
        && document.get().size() == 5
        && PARTS.stream().anyMatch(part -> id.equals(id(device, day + part, counterEpoch)));
  }

  private static boolean isDay(String text) {
    try {
      return LocalDate.parse(text).toString().equals(text);
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /**
   * Derives the quarters once more from what is stored now: readings may have come since. Only when
   * the rollup has not changed meanwhile does a difference mean something.
   */
  private void again(String id, String[] parts, Set<String> quarters, DerivedDay derived) {
    for (int i = 0; i < TRIES; i++) {
      Optional<JsonObject> before = await(documents.byId(ROLLUPS, List.of(id))).get(id);
      for (String quarter : quarters) {
        derived.clear(quarter);
        if (isOf(parts[1], quarter)) {
          addStored(parts, Integer.parseInt(quarter), derived);
        }
      }
      Optional<JsonObject> after = await(documents.byId(ROLLUPS, List.of(id))).get(id);
      if (!Objects.equals(before, after)) {
        continue;
      }
      List<Difference> left = derived.differences(Documents.member(after, "q"));
      List<Difference> more = left.stream().filter(difference -> !difference.lacks()).toList();
      if (more.isEmpty()) {
        reportLacks(id, left);
      } else {
        report(id, text(more));
      }
      return;
    }
  }

  private static boolean isOf(String part, String quarter) {
    return quarter.matches("[0-8][0-9]|9[0-5]")
        && part.endsWith(PARTS.get(Integer.parseInt(quarter) / (4 * PART_HOURS)));
  }

  private void addStored(String[] id, int quarter, DerivedDay derived) {
    String device = URLDecoder.decode(id[0], StandardCharsets.UTF_8);
    String counterEpoch = URLDecoder.decode(id[2], StandardCharsets.UTF_8);
    Instant start =
        LocalDate.parse(day(id[1]))
            .atStartOfDay(ZoneOffset.UTC)
            .toInstant()
            .plusSeconds(quarter * 900L);
    String from = Reading.format(start);
    String to = Reading.format(start.plusSeconds(900));
    for (int skip = 0; from != null; ) {
      JsonObject query =
          new JsonObject()
              .put("device", device)
              .put("measuredAt", new JsonObject().put("$gte", from).put("$lt", to));
      List<Optional<JsonObject>> page =
          await(
              documents.page(
                  "readings",
                  query,
                  new JsonObject().put("device", 1).put("measuredAt", 1).put("_id", 1),
                  skip,
                  READINGS));
      String last = from;
      for (Optional<JsonObject> document : page) {
        StoredReading stored = StoredReading.of(document);
        if (stored.reading() != null
            && stored.reading().counterEpoch().equals(counterEpoch)
            && isLogged(stored)) {
          derived.add(stored.reading());
        }
        if (Documents.member(document, "measuredAt") instanceof String at) {
          last = at;
        }
      }
      // To add a reading twice changes nothing, so the next page begins at the last instant.
      skip = last.equals(from) ? skip + READINGS : 0;
      from = page.size() < READINGS ? null : last;
    }
  }

  /** Whether the reading is as the log has it, or not in the audited part of the log yet. */
  private boolean isLogged(StoredReading stored) {
    String key = stored.reading().sortableId();
    String journal = key.substring(0, key.length() - 16);
    long seq = stored.reading().seq();
    if (last == null || !last.journal().equals(journal) || !last.has(seq)) {
      List<Optional<JsonObject>> found = await(documents.lastUpTo("log_batches", journal, key));
      last = found.isEmpty() ? null : Logged.of(found.get(0)).orElse(null);
    }
    if (last == null || !last.has(seq)) {
      return true;
    }
    long leaf = last.leafStart() + seq - last.firstSeq();
    return leaf >= run.treeSize
        || Arrays.equals(MerkleTree.leafHash(stored.hash()), log.leafHash(leaf));
  }

  /**
   * What is stored is less than what the readings give: unless it is still under way, a finding.
   */
  private void reportLacks(String id, List<Difference> differences) {
    List<Difference> lacks =
        differences.stream()
            .filter(difference -> difference.lacks() && isFolded(difference.by()))
            .filter(difference -> isStillThere(difference.by()))
            .toList();
    if (!lacks.isEmpty()) {
      report(id, text(lacks));
    }
  }

  /** The reading that a figure comes from may have been erased since. */
  private boolean isStillThere(String key) {
    return key == null
        || Optional.ofNullable(await(documents.byId("readings", List.of(key))).get(key))
            .map(StoredReading::of)
            .filter(stored -> stored.reading() != null)
            .isPresent();
  }

  /** Storage says that it is done with a batch when its readings are in the rollups. */
  private boolean isFolded(String key) {
    if (key == null) {
      return true;
    }
    String journal = key.substring(0, key.length() - 16);
    List<Optional<JsonObject>> batch = await(documents.lastUpTo("batches", journal, key));
    return batch.isEmpty() || Documents.member(batch.get(0), "storedAt") != null;
  }

  private void report(String id, String detail) {
    if (isMadeAnew(id)) {
      return; // the next audit sees
    }
    findings.add(FindingType.ROLLUP_DRIFT, id, -1, detail);
  }

  private boolean isMadeAnew(String id) {
    String[] parts = id.split("/", -1);
    if (parts.length != 3) {
      return false;
    }
    try {
      String device = URLDecoder.decode(parts[0], StandardCharsets.UTF_8);
      String day = day(parts[1]);
      return acts.isErasing(device, day) || rebuilding.touches(device, day);
    } catch (IllegalArgumentException e) {
      return false; // no device has such a rollup
    }
  }

  private static String text(List<Difference> differences) {
    StringBuilder text = new StringBuilder();
    for (Difference difference : differences.subList(0, Math.min(SHOWN, differences.size()))) {
      text.append(text.isEmpty() ? "" : "; ").append(difference);
    }
    return differences.size() > SHOWN
        ? text + "; and " + (differences.size() - SHOWN) + " more"
        : text.toString();
  }
}
