package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Erasures, kept with the acts that order them: act and work are one document, written at once and
 * before the first reading is touched, so there is no tombstone without an act and no act whose
 * work is forgotten. Safe for any thread. Futures fail with {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
public final class ErasureStore {
  /** Readings that one erasure may name. */
  public static final int MAX_READINGS = 10_000;

  private final ActStore acts;
  private final ActDocuments documents;
  private final Clock clock;

  public ErasureStore(MongoClient mongo, Clock clock) {
    this.acts = new ActStore(mongo);
    this.documents = new ActDocuments(mongo);
    this.clock = clock;
  }

  /**
   * Orders that a device's readings of a period be erased, durably.
   *
   * @param from first {@code measuredAt}
   * @param to the instant after the last
   * @param reason for everyone who may read acts; nothing that itself may have to be erased
   */
  public Future<Erasure> order(String device, Instant from, Instant to, String reason) {
    Map<String, Object> members = new TreeMap<>();
    members.put("device", device);
    members.put("from", Reading.format(from));
    members.put("to", Reading.format(to));
    members.put("reason", reason);
    return order(members, new JsonObject());
  }

  /**
   * Orders that readings be erased, durably. The act has their number and a hash of their ids.
   *
   * @param ids at most {@value #MAX_READINGS}
   */
  public Future<Erasure> order(Collection<String> ids, String reason) {
    TreeSet<String> sorted = new TreeSet<>(ids);
    Map<String, Object> members = new TreeMap<>();
    members.put("count", sorted.size());
    members.put("idsSha256", idsSha256(sorted));
    members.put("reason", reason);
    return order(members, new JsonObject().put("readings", new JsonArray(List.copyOf(sorted))));
  }

  /** SHA-256, hex, of the ids in text order, each followed by a line feed. */
  static String idsSha256(TreeSet<String> ids) {
    StringBuilder lines = new StringBuilder();
    ids.forEach(id -> lines.append(id).append('\n'));
    return HexFormat.of().formatHex(Sha256.hash(lines.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private Future<Erasure> order(Map<String, Object> members, JsonObject work) {
    JsonObject progress = work.put("state", Erasure.RUNNING).put("erased", 0);
    return acts.record(
            "erasure/" + UUID.randomUUID(),
            Erasure.KIND,
            clock.instant(),
            members,
            new JsonObject().put(Erasure.KIND, progress))
        .compose(act -> find(act.id()))
        .map(Optional::orElseThrow);
  }

  /** Newest first, those whose act's number is below {@code before}. */
  public Future<List<Erasure>> erasures(long before, int limit) {
    return documents
        .downwards(new JsonObject().put("kind", Erasure.KIND), before, limit, Erasure::read)
        .map(ActDocuments.Page::found);
  }

  /**
   * @param id the act's
   */
  public Future<Optional<Erasure>> find(String id) {
    Optional<Long> n = Act.number(id);
    return n.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : documents.of(new JsonObject().put("kind", Erasure.KIND), n.get(), Erasure::read);
  }

  /** The oldest one that is not done. A damaged one stops none that comes after it. */
  Future<Optional<Erasure>> nextRunning() {
    JsonObject running =
        new JsonObject().put("kind", Erasure.KIND).put(Erasure.KIND + ".state", Erasure.RUNNING);
    return acts.createIndexes()
        .compose(v -> documents.upwards(running, 1, Erasure::read))
        .map(ActDocuments.Page::first);
  }

  /** The ids are forgotten then: the tombstones have them. */
  Future<Void> complete(Erasure erasure, long erased) {
    return acts.set(
        erasure.act().n(),
        new JsonObject()
            .put(
                "$set",
                new JsonObject()
                    .put(Erasure.KIND + ".state", Erasure.COMPLETED)
                    .put(Erasure.KIND + ".erased", erased)
                    .put(Erasure.KIND + ".completedAt", Reading.format(clock.instant())))
            .put("$unset", new JsonObject().put(Erasure.KIND + ".readings", "")));
  }
}
