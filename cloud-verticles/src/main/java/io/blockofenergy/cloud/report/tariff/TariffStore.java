package io.blockofenergy.cloud.report.tariff;

import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.storage.Steps;
import io.blockofenergy.cloud.storage.VersionedDocuments;
import io.blockofenergy.cloud.storage.VersionedDocuments.Versioned;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collections {@code tariffs} and {@code tariff_history}, and the examples that come with the
 * program, which are found as if they were there and cannot be changed. Every change is an act in
 * the log, and what a tariff ever was can be found by its SHA-256: reports name it.
 *
 * <p>A change is written beside what holds, then its act is recorded, then it takes effect: so no
 * act tells of a change that another one was faster than, and none takes effect without an act.
 * Whoever comes upon a change that a crash has left on its way completes it.
 *
 * <p>Safe for any thread. Futures fail with {@link UnavailableException} when the store does not
 * answer; a change may have been made then, or be made later.
 */
public final class TariffStore {
  private static final Logger log = LoggerFactory.getLogger(TariffStore.class);

  /** Far more than anybody has; a bound all the same. */
  private static final int MAX_TARIFFS = 1_000;

  /** Those that are made at the same moment may be more. */
  private static final int MAX_LISTED = 2 * MAX_TARIFFS;

  private static final int MAX_RACES = 10;

  /**
   * A tariff as it was read.
   *
   * @param tariff empty when there is none, or one that somebody has damaged in the store
   * @param stored its document
   */
  public record Current(String id, Optional<Tariff> tariff, Optional<Versioned> stored) {}

  private final VersionedDocuments tariffs;
  private final VersionedDocuments history;
  private final ActStore acts;
  private final Clock clock;
  private final Map<String, Tariff> examples = TariffExamples.load();

  public TariffStore(MongoClient mongo, Clock clock) {
    this.tariffs = new VersionedDocuments(mongo, "tariffs");
    this.history = new VersionedDocuments(mongo, "tariff_history");
    this.acts = new ActStore(mongo);
    this.clock = clock;
  }

  /** The tariff of an id, an example as well. */
  public Future<Optional<Tariff>> find(String id) {
    return current(id).map(Current::tariff);
  }

  public boolean isExample(String id) {
    return examples.containsKey(id);
  }

  /** There are as many tariffs as there may be. */
  public static final class FullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FullException() {
      super("there are " + MAX_TARIFFS + " tariffs: delete one first");
    }
  }

  /** All by id, examples among them. */
  public Future<List<Tariff>> all() {
    return tariffs
        .all(MAX_LISTED)
        .compose(
            documents -> {
              Map<String, Tariff> all = new TreeMap<>(examples);
              List<String> changing = new ArrayList<>();
              for (Versioned document : documents) {
                if (document.content().containsKey("change")) {
                  changing.add(document.id());
                } else {
                  read(document).ifPresent(tariff -> all.putIfAbsent(tariff.id(), tariff));
                }
              }
              return Steps.each(
                      changing,
                      id ->
                          find(id)
                              .<Void>map(
                                  found -> {
                                    found.ifPresent(tariff -> all.putIfAbsent(id, tariff));
                                    return null;
                                  }))
                  .run()
                  .map(v -> List.copyOf(all.values()));
            });
  }

  /** What a tariff was when it had this hash, whether it still is or not. */
  public Future<Optional<Tariff>> ever(String id, String sha256) {
    Tariff example = examples.get(id);
    if (example != null) {
      return Future.succeededFuture(
          Optional.of(example).filter(tariff -> tariff.sha256().equals(sha256)));
    }
    return history
        .find(sha256)
        .map(
            found ->
                found
                    .flatMap(TariffStore::read)
                    .filter(tariff -> tariff.id().equals(id) && tariff.sha256().equals(sha256)));
  }

  /** What to give to {@link #put} or {@link #remove}. */
  public Future<Current> current(String id) {
    Tariff example = examples.get(id);
    return example != null
        ? Future.succeededFuture(new Current(id, Optional.of(example), Optional.empty()))
        : current(id, MAX_RACES);
  }

  private Future<Current> current(String id, int races) {
    return tariffs
        .find(id)
        .compose(
            found -> {
              if (found.isEmpty() || !found.get().content().containsKey("change")) {
                return Future.succeededFuture(
                    new Current(id, found.flatMap(TariffStore::read), found));
              }
              return races > 0
                  ? complete(found.get()).compose(v -> current(id, races - 1))
                  : Future.failedFuture(
                      new UnavailableException("tariff " + id + " changes all the time"));
            });
  }

  /**
   * Makes this the tariff in the place of what was read, durably.
   *
   * @return false when somebody else has changed it meanwhile, and nothing was done; fails with
   *     {@link FullException} when there is no room for a further one
   * @throws IllegalArgumentException when it is an example
   */
  public Future<Boolean> put(Current seen, Tariff next) {
    if (seen.tariff().filter(now -> now.sha256().equals(next.sha256())).isPresent()) {
      return Future.succeededFuture(true);
    }
    JsonObject content = new JsonObject().put("tariff", next.canonicalJson());
    return room(seen)
        // Before any report can name it; it may be there from an earlier time.
        .compose(v -> history.create(next.sha256(), content.copy()))
        .compose(v -> change(seen, Optional.of(next)));
  }

  private Future<Void> room(Current seen) {
    return seen.stored().isPresent()
        ? Future.succeededFuture()
        : tariffs
            .count()
            .compose(
                count ->
                    count < MAX_TARIFFS
                        ? Future.succeededFuture()
                        : Future.failedFuture(new FullException()));
  }

  /** As {@link #put}; the history stays. */
  public Future<Boolean> remove(Current seen) {
    return change(seen, Optional.empty());
  }

  private Future<Boolean> change(Current seen, Optional<Tariff> next) {
    if (isExample(seen.id())) {
      throw new IllegalArgumentException(seen.id() + " is an example");
    }
    JsonObject change =
        new JsonObject()
            .put("key", "tariff/" + UUID.randomUUID())
            .put("at", Reading.format(clock.instant()));
    seen.tariff().ifPresent(now -> change.put("previousSha256", now.sha256()));
    next.ifPresent(
        tariff -> change.put("sha256", tariff.sha256()).put("tariff", tariff.canonicalJson()));
    JsonObject content =
        seen.stored().map(stored -> stored.content().copy()).orElseGet(JsonObject::new);
    content.put("change", change);
    Future<Optional<Versioned>> intended =
        seen.stored().isPresent()
            ? tariffs.replace(seen.stored().get(), content)
            : tariffs.create(seen.id(), content);
    return intended.compose(
        document ->
            document.isPresent()
                ? complete(document.get()).map(true)
                : Future.succeededFuture(false));
  }

  /** Records the act of a change that is on its way, then lets it take effect. May be repeated. */
  private Future<Void> complete(Versioned document) {
    JsonObject change = document.content().getJsonObject("change");
    Map<String, Object> members = new TreeMap<>();
    members.put("tariff", document.id());
    for (String name : List.of("sha256", "previousSha256")) {
      if (change.containsKey(name)) {
        members.put(name, change.getString(name));
      }
    }
    return acts.record(
            change.getString("key"),
            change.containsKey("sha256") ? "tariff-changed" : "tariff-removed",
            Instant.parse(change.getString("at")),
            members)
        // Where another one has completed it first, there is nothing left to do.
        .compose(
            act ->
                change.containsKey("tariff")
                    ? tariffs
                        .replace(
                            document, new JsonObject().put("tariff", change.getString("tariff")))
                        .<Void>mapEmpty()
                    : tariffs.remove(document).<Void>mapEmpty());
  }

  private static Optional<Tariff> read(Versioned document) {
    if (!(document.content().getValue("tariff") instanceof String json)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Tariff.parse(new JsonObject(json)));
    } catch (MalformedTariffException | DecodeException e) {
      log.warn("Tariff {} is damaged in the store and is passed over", document.id());
      return Optional.empty();
    }
  }
}
