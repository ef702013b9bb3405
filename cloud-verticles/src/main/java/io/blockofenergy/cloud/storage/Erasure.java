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

  static Erasure read(JsonObject document) {
    JsonObject progress = document.getJsonObject(KIND, new JsonObject()).copy();
    JsonArray readings = (JsonArray) progress.remove("readings");
    return new Erasure(
        Act.read(document),
        readings == null ? List.of() : readings.stream().map(String::valueOf).toList(),
        progress);
  }

  private JsonObject members() {
    return new JsonObject(act.canonical());
  }

  /** The device, when it is of a period. */
  Optional<String> device() {
    return Optional.ofNullable(members().getString("device"));
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
