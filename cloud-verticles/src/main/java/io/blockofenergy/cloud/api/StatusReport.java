package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the whole system is doing, from a few short look-ups. */
public final class StatusReport {
  /**
   * What does not change while the process runs.
   *
   * @param version of the program
   * @param startedAt when the process started
   * @param roles which roles it has
   * @param origin the log's name
   * @param publicKey the log's verifier key, c2sp.org/signed-note
   */
  public record Identity(
      String version, Instant startedAt, List<String> roles, String origin, String publicKey) {}

  private final Identity identity;
  private final ReadingStore readings;
  private final EvidenceStore evidence;
  private final FindingStore findings;
  private final Clock clock = Clock.systemUTC();

  StatusReport(
      Identity identity, ReadingStore readings, EvidenceStore evidence, FindingStore findings) {
    this.findings = findings;
    this.identity = identity;
    this.readings = readings;
    this.evidence = evidence;
  }

  Future<JsonObject> report() {
    Future<Long> stored = readings.count();
    Future<EvidenceStore.Page> checkpoints = evidence.checkpoints(null, 1);
    Future<Optional<JsonObject>> anchor = evidence.latestAnchor();
    Future<EvidenceStore.Page> audits = evidence.audits(null, 1);
    Future<Optional<JsonObject>> open = openFindings();
    return Future.all(stored, checkpoints, anchor, audits, open)
        .map(
            all ->
                new JsonObject()
                    .put("version", identity.version())
                    .put("startedAt", Reading.format(identity.startedAt()))
                    .put("now", Reading.format(clock.instant()))
                    .put("roles", new JsonArray(identity.roles()))
                    .put("readings", new JsonObject().put("stored", stored.result()))
                    .put("log", log(checkpoints.result().items()))
                    .put("anchor", anchor.result().map(StatusReport::anchor).orElse(null))
                    .put("audit", audits.result().items().stream().findFirst().orElse(null))
                    .put("openFindings", open.result().orElse(null)));
  }

  /** The newest run that has an open finding, and in {@code open} how many are in all. */
  private Future<Optional<JsonObject>> openFindings() {
    return findings
        .open()
        .compose(
            open ->
                open.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : evidence
                        .audit(open.get().run())
                        .map(
                            run ->
                                run.map(
                                    shown ->
                                        shown
                                            .put("open", open.get().count())
                                            .put("openMore", open.get().more()))));
  }

  private JsonObject log(List<JsonObject> newest) {
    JsonObject log =
        new JsonObject().put("origin", identity.origin()).put("publicKey", identity.publicKey());
    if (newest.isEmpty()) {
      return log.put("treeSize", 0).putNull("checkpointAt");
    }
    return log.put("treeSize", newest.get(0).getLong("treeSize"))
        .put("checkpointAt", newest.get(0).getString("createdAt"));
  }

  private static JsonObject anchor(JsonObject anchor) {
    return new JsonObject()
        .put("treeSize", anchor.getLong("treeSize"))
        .put("block", anchor.getLong("block"))
        .put("at", anchor.getString("anchoredAt"))
        .put("chainId", anchor.getLong("chainId"))
        .put("contract", anchor.getString("contract"));
  }
}
