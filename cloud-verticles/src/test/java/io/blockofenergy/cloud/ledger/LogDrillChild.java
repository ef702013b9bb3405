package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The processes that {@link LogDrill} kills. They end when their standard input does. */
final class LogDrillChild {
  static final String ORIGIN = "drill.example/log";
  private static final int WINDOW = 4;
  private static final Duration LEASE = Duration.ofMillis(800);

  private LogDrillChild() {}

  /** {@code store <directory> <port>}, or {@code ledger <keys> <port> <rpc url> <name> <from>}. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[1]);
    int port = Integer.parseInt(arguments[2]);
    if (arguments[0].equals("store")) {
      LocalMongo.start(directory, port);
      System.out.println("ready");
    } else {
      ledger(directory, port, arguments[3], arguments[4], Long.parseLong(arguments[5]));
    }
    while (System.in.read() >= 0) {
      // Until the parent is gone.
    }
    Runtime.getRuntime().halt(0);
  }

  /** The entries of a batch: the same ones in each process. */
  static List<byte[]> entries(String id) {
    byte[] seed = Sha256.hash(id.getBytes(StandardCharsets.UTF_8));
    int count = 1 + ((seed[0] & 0xff) << 1 | seed[1] & 1);
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(Sha256.hash(seed, new byte[] {(byte) (i >> 8), (byte) i}));
    }
    return entries;
  }

  static String id(String name, long k) {
    return String.format("%s.0a0b0c0d.%016d", name, k);
  }

  static MongoClient client(Vertx vertx, int port) {
    return MongoClient.create(
        vertx,
        new JsonObject()
            .put("connection_string", "mongodb://127.0.0.1:" + port)
            .put("db_name", "energy")
            .put("connectTimeoutMS", 1000)
            .put("serverSelectionTimeoutMS", 1000)
            .put("socketTimeoutMS", 5000));
  }

  private static void ledger(Path keys, int port, String rpcUrl, String name, long from)
      throws Exception {
    Vertx vertx = Vertx.vertx();
    MongoClient mongo = client(vertx, port);
    LogStore store = new MongoLogStore(mongo);
    LedgerConfig config =
        new LedgerConfig(
            ORIGIN, keys, Duration.ofMillis(20), Duration.ofMillis(100), 100_000, 65_536, LEASE);
    SigningKey key = SigningKey.loadOrCreate(keys.resolve("log.key"));
    Clock clock = Clock.systemUTC();
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    TransparencyLog log = new TransparencyLog(vertx, store, config, key, clock, metrics);
    ChainAnchor anchors =
        new ChainAnchor(
            rpcUrl,
            AnchorKey.loadOrCreate(keys.resolve("anchor.key")),
            Duration.ofSeconds(5),
            Duration.ofMillis(20));
    Anchoring anchoring =
        new Anchoring(
            vertx,
            mongo,
            store,
            log.verifierKey(),
            log::newest,
            new EvmChain(anchors),
            config.anchorInterval(),
            config.anchorEntries(),
            clock,
            metrics);
    log.onTurn(
        writes -> {
          System.out.println(writes ? "writes" : "stands by");
          if (writes) {
            anchoring.start();
          } else {
            anchoring.pause();
          }
        });
    log.onCheckpoint(anchoring::observe);
    log.start().onComplete(started -> System.out.println("ready"));
    for (int i = 0; i < WINDOW; i++) {
      deliver(vertx, log, name, from + i);
    }
    vertx.setPeriodic(
        200,
        tick -> {
          log.fault().ifPresent(why -> System.out.println("fault " + why));
          anchoring.fault().ifPresent(why -> System.out.println("fault " + why));
        });
  }

  /** Delivers a batch until it is logged, and then the one a window later. */
  private static void deliver(Vertx vertx, TransparencyLog log, String name, long k) {
    String id = id(name, k);
    log.append(id, entries(id))
        .onSuccess(
            leaf -> {
              System.out.println("ack " + k + " " + leaf);
              deliver(vertx, log, name, k + WINDOW);
            })
        .onFailure(later -> vertx.setTimer(50, again -> deliver(vertx, log, name, k)));
  }
}
