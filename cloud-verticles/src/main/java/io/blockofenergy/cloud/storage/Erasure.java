package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * An erasure of readings: the act that orders it and how far it has come.
 *
 * @param act which is of kind {@code erasure}
 * @param readings the ids that are to be erased, while it runs; empty when it is of a period
 * @param progress {@code state}, {@code erased} and, in the end, {@code completedAt}
 */
public record Erasure(Act act, List<String> readings, JsonObject progress) {
  static final String KIND = "erasure";
  static final String RUNNING = "running";
  static final String COMPLETED = "completed";

  /** Empty when somebody has made of the document what orders no erasure. */
  static Optional<Erasure> read(JsonObject document) {
    Optional<Act> act = Act.read(document);
    if (act.isEmpty() || !(document.getValue(KIND) instanceof JsonObject kept)) {
      return Optional.empty();
    }
    JsonObject progress = kept.copy();
    Object readings = progress.remove("readings");
    List<String> ids =
        readings instanceof JsonArray array
            ? array.stream().map(String::valueOf).toList()
            : List.of();
    Erasure erasure = new Erasure(act.get(), ids, progress);
    boolean ordered =
        erasure.isOfPeriod() || !ids.isEmpty() || !RUNNING.equals(progress.getValue("state"));
    return ordered ? Optional.of(erasure) : Optional.empty();
  }

  private boolean isOfPeriod() {
    JsonObject members = members();
    return members.getValue("device") instanceof String
        && members.getValue("from") instanceof String
        && members.getValue("to") instanceof String;
  }

  private JsonObject members() {
    return new JsonObject(act.canonical());
  }

  /** The device, when it is of a period. */
  Optional<String> device() {
    return isOfPeriod() ? Optional.of(members().getString("device")) : Optional.empty();
  }

  /** First instant, as readings write it. */
  String from() {
    return members().getString("from");
  }

  /** The instant after the last, as readings write it. */
  String to() {
    return members().getString("to");
  }

  /** As the REST API gives it: what the act says, with {@code state} and counts. */
  public JsonObject toJson() {
    JsonObject members = members();
    members.remove("schema");
    members.remove("kind");
    return members.mergeIn(progress);
  }
}
