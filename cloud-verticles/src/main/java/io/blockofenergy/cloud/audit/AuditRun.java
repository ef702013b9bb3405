package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** One run of the audit and how far it has come. Belongs to one thread. */
final class AuditRun {
  final String id;
  final AuditKind kind;
  final Instant startedAt;
  String state = "running";

  /** What is being compared: {@code log}, {@code readings}, {@code batches} or {@code rollups}. */
  String phase;

  long checked;
  long total;
  long findings;

  /** Readings that are logged, not stored, and not due yet. */
  long pending;

  long treeSize;
  Instant finishedAt;
  String detail;
  Mark mark;

  /**
   * Up to where everything was compared.
   *
   * @param anchors how many anchors of the contract have been compared
   */
  record Mark(long size, List<byte[]> peaks, long anchors) {
    static final Mark START = new Mark(0, List.of(), 0);

    JsonObject json() {
      JsonArray hashes = new JsonArray();
      peaks.forEach(peak -> hashes.add(HexFormat.of().formatHex(peak)));
      return new JsonObject().put("size", size).put("peaks", hashes).put("anchors", anchors);
    }

    static Mark of(JsonObject json) {
      List<byte[]> peaks = new ArrayList<>();
      json.getJsonArray("peaks").forEach(peak -> peaks.add(HexFormat.of().parseHex((String) peak)));
      return new Mark(json.getLong("size"), peaks, json.getLong("anchors"));
    }
  }

  AuditRun(String id, AuditKind kind, Instant startedAt) {
    this.id = id;
    this.kind = kind;
    this.startedAt = startedAt;
  }

  /** The object of {@code live.audit} and the API. */
  JsonObject json() {
    return new JsonObject()
        .put("id", id)
        .put("kind", kind.text())
        .put("state", state)
        .put("phase", state.equals("running") ? phase : null)
        .put("checked", checked)
        .put("total", total)
        .put("findings", findings)
        .put("pending", pending)
        .put("treeSize", treeSize)
        .put("startedAt", Reading.format(startedAt))
        .put("finishedAt", finishedAt == null ? null : Reading.format(finishedAt))
        .put("detail", detail);
  }

  JsonObject document() {
    JsonObject document = json();
    document.remove("id");
    return document.put("_id", id);
  }
}
