package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.util.Optional;

/**
 * How to reach the document store. Immutable.
 *
 * @param uri MongoDB connection string, password included; empty for the embedded server
 * @param database name of the database
 * @param port of the embedded server, on loopback; 0 lets the system choose
 */
public record MongoConfig(Optional<Secret> uri, String database, int port) {
  private static final int TIMEOUT_MILLISECONDS = 5_000;
  private static final int ANSWER_MILLISECONDS = 120_000;

  public static MongoConfig from(Settings s) {
    return new MongoConfig(
        s.secret("mongo.uri", "MongoDB connection string; none for the embedded server"),
        s.text("mongo.database", "energy", "[A-Za-z0-9_-]{1,63}", "name of the database"),
        s.port("mongo.port", 27017, "port of the embedded MongoDB server"));
  }

  /** Whether the embedded server is to be started. */
  public boolean isEmbedded() {
    return uri.isEmpty();
  }

  /** The same with the port that the embedded server got. */
  public MongoConfig withPort(int actual) {
    return new MongoConfig(uri, database, actual);
  }

  /** A client of its own; whoever creates it closes it. Connects when it is first used. */
  public MongoClient createClient(Vertx vertx) {
    String connection = uri.map(Secret::reveal).orElse("mongodb://127.0.0.1:" + port);
    return MongoClient.create(
        vertx,
        new JsonObject()
            .put("connection_string", connection)
            .put("db_name", database)
            // The driver's 30 s would hold a batch for as long as a peer is away.
            .put("serverSelectionTimeoutMS", TIMEOUT_MILLISECONDS)
            // A peer that takes a command and never answers would hold its caller for ever.
            .put("socketTimeoutMS", ANSWER_MILLISECONDS)
            .put("waitQueueTimeoutMS", ANSWER_MILLISECONDS));
  }
}
