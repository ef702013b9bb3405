package io.blockofenergy.cloud.storage;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.mongo.MongoClient;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Prints what {@link ReadingStore} does against the embedded server, all in one process. Arguments:
 * a directory, how many readings (300000), how many a batch (100), and {@code fold} to fold them
 * into rollups too, as storage does, and to leave the queries out.
 */
final class StorageBench {
  private static final int IN_FLIGHT = Integer.getInteger("flight", 4);
  private static final int DEVICES = 20;

  private StorageBench() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int total = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 300_000;
    int size = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100;
    Vertx vertx = Vertx.vertx();
    LocalMongo server = LocalMongo.start(directory, 0);
    MongoClient mongo =
        new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    ReadingStore store = new ReadingStore(mongo);
    await(store.createIndexes());
    boolean fold = arguments.length > 3 && arguments[3].equals("fold");
    RollupStore rollups = new RollupStore(mongo);
    DeviceStore devices = new DeviceStore(mongo);
    Instant start = Instant.parse("2026-01-01T00:00:00Z");

    Deque<Future<InsertResult>> open = new ArrayDeque<>();
    long begun = System.nanoTime();
    long processor = processor();
    long lap = begun;
    long lapProcessor = processor;
    for (int first = 1; first <= total; first += size) {
      if (open.size() == IN_FLIGHT) {
        await(open.removeFirst());
      }
      List<Reading> batch = TestReadings.readings(first, size, DEVICES, start);
      open.addLast(
          store
              .insert(batch)
              .compose(
                  done ->
                      Future.all(
                              fold ? rollups.fold(batch) : Future.<Void>succeededFuture(),
                              devices.fold(batch))
                          .map(done)));
      if ((first / size) % (total / size / 10) == 0 && first > 1) {
        long now = System.nanoTime();
        System.out.printf(
            "%,10d readings, %,8.0f/s, %.0f µs each, file %,d MB%n",
            first,
            total / 10 / ((now - lap) / 1e9),
            (processor() - lapProcessor) / 1e3 / (total / 10),
            file(directory) >> 20);
        lap = now;
        lapProcessor = processor();
      }
    }
    for (Future<InsertResult> each : open) {
      await(each);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf(
        "inserted %,d in %.1f s: %,.0f/s, %.0f µs of processor time a reading%n",
        total, seconds, total / seconds, (processor() - processor) / 1e3 / total);
    if (!fold) {
      queries(store, start, total, size);
    }
    await(mongo.close());
    await(vertx.close());
    long closing = System.nanoTime();
    server.close();
    System.out.printf("closed in %.2f s, ", (System.nanoTime() - closing) / 1e9);
    long opening = System.nanoTime();
    LocalMongo.start(directory, 0).close();
    System.out.printf(
        "opened and closed in %.2f s, file %,d MB%n",
        (System.nanoTime() - opening) / 1e9, file(directory) >> 20);
  }

  private static void queries(ReadingStore store, Instant start, int total, int size)
      throws Exception {
    for (int limit : new int[] {1, 100, 1000}) {
      time("page of " + limit + " of a device", 200, () -> query(store, start, total, limit, true));
      time("page of " + limit + " of all", 200, () -> query(store, start, total, limit, false));
    }
    time("find by id", 500, () -> store.find("bridge.0a1b2c3d." + random(total)));
    time(
        "findAll of 256 ids",
        100,
        () -> {
          long first = Math.max(1, random(total) - 256);
          return store.findAll(
              java.util.stream.LongStream.range(first, first + 256)
                  .mapToObj(seq -> "bridge.0a1b2c3d." + seq)
                  .toList());
        });
    time("count", 100, store::count);
    time(
        "insert of a repeated batch",
        50,
        () -> store.insert(TestReadings.readings(1, size, DEVICES, start)));
  }

  private static long processor() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static Future<ReadingPage> query(
      ReadingStore store, Instant start, int total, int limit, boolean ofDevice) {
    return store.query(
        new ReadingQuery(
            ofDevice ? Optional.of("plug" + random(DEVICES)) : Optional.empty(),
            Optional.of(start),
            Optional.of(start.plusSeconds(random(total) + 1)),
            limit,
            Optional.empty()));
  }

  private static long random(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }

  private static void time(
      String what, int times, java.util.function.Supplier<? extends Future<?>> work)
      throws Exception {
    for (int i = 0; i < times / 5; i++) {
      await(work.get());
    }
    long begun = System.nanoTime();
    for (int i = 0; i < times; i++) {
      await(work.get());
    }
    System.out.printf("%-28s %8.2f ms%n", what, (System.nanoTime() - begun) / 1e6 / times);
  }

  private static long file(Path directory) throws Exception {
    return Files.size(directory.resolve("energy.mv"));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
