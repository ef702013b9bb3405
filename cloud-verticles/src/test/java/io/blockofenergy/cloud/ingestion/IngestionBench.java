package io.blockofenergy.cloud.ingestion;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.blockofenergy.cloud.local.BrokerHubEvents;
import io.blockofenergy.cloud.local.BusEnrolment;
import io.blockofenergy.cloud.local.LocalBroker;
import io.blockofenergy.cloud.local.LocalBrokerConfig;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.cloud.topic.Settlement;
import io.blockofenergy.cloud.topic.TopicReceiver;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Prints batches/s from the hub's event stream through ingestion to both subscriptions, everything
 * in one JVM, MongoDB in memory. Not a test. Arguments: batches, readings a batch, bridges.
 */
public final class IngestionBench {
  private static final int WINDOW = 64;

  private IngestionBench() {}

  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    int readings = Integer.parseInt(args[1]);
    int bridges = Integer.parseInt(args[2]);
    Settings settings = Settings.of(Map.of());
    Vertx vertx = Vertx.vertx();
    MongoServer store = new MongoServer(new MemoryBackend());
    LocalBroker broker =
        new LocalBroker(
            Files.createTempDirectory("boe-bench"), new LocalBrokerConfig(0, 64 << 20, 100));
    long starting = System.nanoTime();
    broker.start();
    System.out.printf("broker up in %d ms%n", (System.nanoTime() - starting) / 1_000_000);
    AmqpConfig amqp = broker.clientConfig(AmqpConfig.from(settings));
    MongoClient mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", store.bindAndGetConnectionString())
                .put("db_name", "energy"));
    IngestionVerticle ingestion =
        new IngestionVerticle(
            IngestionConfig.from(settings),
            amqp,
            mongo,
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    String deployment = Await.result(vertx.deployVerticle(ingestion));
    TopicSender hub = new TopicSender(vertx, amqp, Addresses.HUB_EVENTS);
    hub.start();
    BrokerHubEvents events = new BrokerHubEvents(hub, Clock.systemUTC());
    AtomicInteger arrived = new AtomicInteger();
    List<TopicReceiver> receivers = new ArrayList<>();
    for (String subscription : List.of(Addresses.STORAGE, Addresses.LEDGER)) {
      TopicReceiver receiver =
          new TopicReceiver(
              vertx,
              amqp,
              subscription,
              32,
              delivery -> {
                arrived.incrementAndGet();
                return Future.succeededFuture(Settlement.accept());
              });
      receiver.start();
      receivers.add(receiver);
    }
    List<TestBridge> senders = new ArrayList<>();
    for (int i = 0; i < bridges; i++) {
      TestBridge bridge = new TestBridge("bridge" + i, 550);
      Await.result(new BusEnrolment(vertx).enrol(bridge.id, bridge.publicKey()));
      senders.add(bridge);
    }
    for (int round = 1; round <= 3; round++) {
      List<Batch> batches = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        batches.add(senders.get(i % bridges).next(readings));
      }
      arrived.set(0);
      AtomicInteger next = new AtomicInteger();
      Duration cpuBefore = cpu();
      long start = System.nanoTime();
      for (int i = 0; i < WINDOW; i++) {
        sendNext(events, batches, next);
      }
      Await.until("all arrived", () -> arrived.get() == 2 * count);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%d batches of %d bytes, %d readings each: %.0f batches/s, %.0f readings/s, %.1f ms CPU a batch%n",
          count,
          batches.get(0).body().length,
          readings,
          count / seconds,
          count * readings / seconds,
          (double) cpu().minus(cpuBefore).toMillis() / count);
    }
    Await.result(vertx.undeploy(deployment));
    Await.result(hub.close());
    for (TopicReceiver receiver : receivers) {
      Await.result(receiver.close());
    }
    broker.close();
    Await.result(vertx.close());
    store.shutdownNow();
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static void sendNext(BrokerHubEvents events, List<Batch> batches, AtomicInteger next) {
    int n = next.getAndIncrement();
    if (n >= batches.size()) {
      return;
    }
    Batch batch = batches.get(n);
    events
        .publish(
            batch.bridge(),
            batch.applicationProperties(),
            batch.id(),
            Batch.CONTENT_TYPE,
            Batch.CONTENT_ENCODING,
            Buffer.buffer(batch.body()))
        .onSuccess(v -> sendNext(events, batches, next))
        .onFailure(Throwable::printStackTrace);
  }
}
