package io.blockofenergy.cloud.ledger;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.util.concurrent.TimeUnit;

/** A MongoDB server in this process, and a client of it. */
public final class Mongo {
  public final Vertx vertx = Vertx.vertx();
  public final MongoClient client;
  private final MongoServer server = new MongoServer(new MemoryBackend());

  public Mongo() {
    int port = server.bind().getPort();
    client =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", "mongodb://127.0.0.1:" + port)
                .put("db_name", "energy"));
  }

  /** Waits for a future and returns its result, or throws its failure. */
  public static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  public void close() throws Exception {
    await(client.close());
    await(vertx.close());
    server.shutdownNow();
  }
}
