package io.blockofenergy.cloud.api;

import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The API on an embedded store with a little of everything, for a program that tries out whatever
 * the document allows: see docs/api.md. Ends when its standard input does.
 */
final class ApiPlayground {
  private static final int UNBOUNDED = 1_000_000;

  private ApiPlayground() {}

  /**
   * @param arguments the port
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("boe-api");
    int port = Integer.parseInt(arguments[0]);
    ApiServer api =
        new ApiServer(directory, new ApiConfig("127.0.0.1", port, UNBOUNDED, UNBOUNDED, 100));
    fill(api);
    System.out.println("ready: " + api.uri("/openapi.json"));
    while (System.in.read() >= 0) {
      // Whoever has started it closes the input.
    }
    api.close();
  }

  /** Something for every operation to find. */
  static void fill(ApiServer api) throws Exception {
    api.vertx.eventBus().<JsonObject>consumer("audit.start", request -> startAudit(api, request));
    api.store("boiler", 1, 20);
    api.store("plug 7/ä", 21, 5);
    insert(
        api,
        "devices",
        "boiler",
        new JsonObject()
            .put("site", "home")
            .put("bridge", "bridge")
            .put("firstMeasuredAt", "2026-11-23T10:00:01.000Z")
            .put("lastMeasuredAt", "2026-11-23T10:00:20.000Z")
            .put(
                "latest",
                new JsonObject()
                    .put("id", "bridge.0a1b2c3d.20")
                    .put("measuredAt", "2026-11-23T10:00:20.000Z")
                    .put("quantities", new JsonObject().put("powerW", 120.5))));
    for (int i = 1; i <= 3; i++) {
      String run = "2026112" + i + "T030000000-0000";
      JsonObject audit = new JsonObject().put("kind", "full").put("state", "completed");
      insert(api, "audit_runs", run, audit);
      insert(
          api,
          "audit_findings",
          run + "/DELETED/r" + i,
          new JsonObject().put("run", run).put("type", "DELETED").put("subject", "r" + i));
      insert(
          api,
          "log_checkpoints",
          i,
          new JsonObject()
              .put("rootHash", "aa")
              .put("createdAt", "2026-11-23T10:00:00.000Z")
              .put("note", "note"));
      insert(api, "anchors", i, new JsonObject().put("state", "anchored"));
      insert(
          api,
          "dead_letters",
          "2026112" + i + "T080000000Z-0a1b2c3d4e5f6071",
          new JsonObject()
              .put("at", "2026-11-2" + i + "T08:00:00.000Z")
              .put("reason", "BAD_SIGNATURE")
              .put("detail", "the signature does not hold")
              .put("bridge", "bridge")
              .put("message", "bridge.0a1b2c3d.1")
              .put("bytes", 4711));
    }
  }

  /** In place of the audit, which does not run here. */
  private static void startAudit(ApiServer api, Message<JsonObject> request) {
    JsonObject run =
        new JsonObject().put("kind", request.body().getString("kind")).put("state", "running");
    String id = "20261123T110000000-0000";
    api.mongo
        .save("audit_runs", run.copy().put("_id", id))
        .onSuccess(saved -> request.reply(run.put("id", id)))
        .onFailure(failure -> request.fail(503, failure.getMessage()));
  }

  private static void insert(ApiServer api, String collection, Object id, JsonObject document)
      throws Exception {
    api.mongo.insert(collection, document.put("_id", id)).await(10, TimeUnit.SECONDS);
  }
}
