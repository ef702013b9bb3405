package io.blockofenergy.cloud.local;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.gt;
import static com.mongodb.client.model.Filters.gte;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Filters.lte;
import static com.mongodb.client.model.Sorts.ascending;
import static com.mongodb.client.model.Sorts.descending;
import static com.mongodb.client.model.Sorts.orderBy;
import static com.mongodb.client.model.Updates.combine;
import static com.mongodb.client.model.Updates.set;
import static com.mongodb.client.model.Updates.unset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoWriteException;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.bson.types.Binary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalMongoIT {
  @TempDir Path directory;
  private LocalMongo server;
  private MongoClient client;
  private MongoCollection<Document> collection;

  @BeforeEach
  void start() {
    server = LocalMongo.start(directory, 0);
    client = MongoClients.create(server.connectionString());
    collection = client.getDatabase("energy").getCollection("things");
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private void restart() {
    stop();
    start();
  }

  private static String time(int n) {
    return String.format("%08d", n);
  }

  /** Documents of five devices, several with each time, in an order that is none. */
  private List<Document> fill(int count) {
    collection.createIndex(Indexes.ascending("device", "at", "_id"));
    List<Document> documents = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < count; i++) {
      documents.add(
          new Document("_id", "r" + time((i * 7919) % count))
              .append("device", "d" + i % 5)
              .append("at", time(random.nextInt(count / 3)))
              .append("n", i));
    }
    collection.insertMany(documents);
    return documents;
  }

  private static List<Object> ids(Iterable<Document> documents) {
    List<Object> ids = new ArrayList<>();
    documents.forEach(document -> ids.add(document.get("_id")));
    return ids;
  }

  private static final Comparator<Document> BY_TIME =
      Comparator.<Document, String>comparing(document -> document.getString("at"))
          .thenComparing(document -> document.getString("_id"));

  private void check(
      List<Document> documents, Predicate<Document> predicate, Bson filter, boolean newestFirst) {
    List<Object> expected =
        ids(
            documents.stream()
                .filter(predicate)
                .sorted(newestFirst ? BY_TIME.reversed() : BY_TIME)
                .toList());
    Bson order =
        newestFirst
            ? orderBy(descending("at"), descending("_id"))
            : orderBy(ascending("at"), ascending("_id"));
    assertThat(ids(collection.find(filter).sort(order))).isEqualTo(expected);
    assertThat(ids(collection.find(filter).sort(order).batchSize(7))).isEqualTo(expected);
    assertThat(ids(collection.find(filter).sort(order).skip(3).limit(11)))
        .isEqualTo(expected.stream().skip(3).limit(11).toList());
    assertThat(ids(collection.find(filter))).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void queriesGiveWhatAScanGives() {
    List<Document> documents = fill(3_000);
    for (boolean newestFirst : new boolean[] {false, true}) {
      check(documents, d -> true, new Document(), newestFirst);
      check(documents, d -> d.get("device").equals("d3"), eq("device", "d3"), newestFirst);
      check(
          documents,
          d -> d.get("device").equals("d3") && d.getString("at").compareTo(time(400)) >= 0,
          and(eq("device", "d3"), gte("at", time(400))),
          newestFirst);
      check(
          documents,
          d ->
              d.get("device").equals("d1")
                  && d.getString("at").compareTo(time(100)) > 0
                  && d.getString("at").compareTo(time(300)) <= 0,
          and(eq("device", "d1"), gt("at", time(100)), lte("at", time(300))),
          newestFirst);
      check(
          documents,
          d ->
              d.get("device").equals("d1")
                  && d.getString("at").equals(documents.get(1).getString("at"))
                  && d.getString("_id").compareTo("r" + time(2000)) < 0,
          and(
              eq("device", "d1"),
              eq("at", documents.get(1).getString("at")),
              lt("_id", "r" + time(2000))),
          newestFirst);
      check(
          documents,
          d -> d.getInteger("n") % 2 == 0,
          new Document("n", new Document("$mod", List.of(2, 0))),
          newestFirst);
    }
  }

  @Test
  void aQueryInTheOrderOfAnIndexVisitsWhatItReturns() {
    fill(20_000);
    Bson newest = orderBy(descending("at"), descending("_id"));
    assertVisits(collection.find(eq("device", "d2")).sort(newest).limit(100), 100);
    assertVisits(
        collection
            .find(and(eq("device", "d2"), lt("at", time(3000)), gte("at", time(100))))
            .sort(newest)
            .limit(100),
        100);
    assertVisits(collection.find(eq("_id", "r" + time(77))), 1);
    assertVisits(collection.find(in("_id", "r" + time(1), "r" + time(2), "missing")), 3);
    assertVisits(collection.find(gte("_id", "r" + time(500))).sort(ascending("_id")).limit(10), 10);
    assertVisits(collection.find(lt("_id", "r" + time(500))).sort(descending("_id")).limit(10), 11);
    assertVisits(collection.find().sort(descending("_id")).limit(1), 1);
  }

  private void assertVisits(FindIterable<Document> find, int most) {
    long before = server.visitedDocuments();
    List<Document> found = find.into(new ArrayList<>());
    assertThat(found).isNotEmpty();
    assertThat(server.visitedDocuments() - before).isLessThanOrEqualTo(most);
  }

  @Test
  void updatesAndDeletesKeepTheIndexRight() {
    List<Document> documents = fill(600);
    collection.updateOne(eq("_id", documents.get(0).get("_id")), set("device", "moved"));
    collection.updateMany(eq("device", "d1"), set("at", time(9_000)));
    collection.updateOne(eq("_id", documents.get(2).get("_id")), unset("at"));
    collection.deleteOne(eq("_id", documents.get(5).get("_id")));
    collection.deleteMany(eq("device", "d3"));
    collection.replaceOne(
        eq("_id", documents.get(4).get("_id")),
        new Document("device", "replaced").append("at", "x"));
    collection.updateOne(
        eq("_id", "new"),
        combine(set("device", "d0"), set("at", time(1))),
        new UpdateOptions().upsert(true));
    collection.findOneAndDelete(eq("device", "d4"));
    for (int round = 0; round < 2; round++) {
      List<Document> all = collection.find().into(new ArrayList<>());
      for (String device : List.of("d0", "d1", "d2", "d3", "d4", "moved", "replaced")) {
        assertThat(ids(collection.find(eq("device", device))))
            .containsExactlyInAnyOrderElementsOf(
                ids(all.stream().filter(d -> device.equals(d.get("device"))).toList()));
      }
      assertThat(collection.find(and(eq("device", "d1"), eq("at", time(9_000)))))
          .allMatch(d -> d.get("at").equals(time(9_000)))
          .hasSize(120);
      assertThat(
              client
                  .getDatabase("energy")
                  .runCommand(new Document("validate", "things"))
                  .get("keysPerIndex", Document.class)
                  .values())
          .allMatch(count -> ((Number) count).intValue() == all.size());
      restart();
    }
  }

  @Test
  void uniqueIndexesRefuseTheSecond() {
    collection.createIndex(Indexes.ascending("name"), new IndexOptions().unique(true));
    collection.insertOne(new Document("_id", 1).append("name", "a"));
    assertThatThrownBy(() -> collection.insertOne(new Document("_id", 2).append("name", "a")))
        .isInstanceOfSatisfying(
            MongoWriteException.class, e -> assertThat(e.getCode()).isEqualTo(11000));
    assertThatThrownBy(() -> collection.insertOne(new Document("_id", 1L).append("name", "b")))
        .isInstanceOf(MongoWriteException.class);
    collection.insertOne(new Document("_id", 2).append("name", "b"));
    assertThatThrownBy(() -> collection.updateOne(eq("_id", 2), set("name", "a")))
        .isInstanceOf(MongoWriteException.class);
    collection.updateOne(eq("_id", 2), set("other", "a"));
    collection.deleteOne(eq("_id", 1));
    collection.updateOne(eq("_id", 2), set("name", "a"));
    assertThat(collection.find(eq("name", "a")).first()).containsEntry("_id", 2);
    assertThat(collection.find(eq("_id", 2.0)).first()).containsEntry("name", "a");
  }

  @Test
  void documentsWithArraysAreFoundByTheirElements() {
    collection.createIndex(Indexes.ascending("tags"));
    collection.insertMany(
        List.of(
            new Document("_id", 1).append("tags", List.of("a", "b")),
            new Document("_id", 2).append("tags", "b"),
            new Document("_id", 3).append("tags", List.of())));
    assertThat(ids(collection.find(eq("tags", "b")))).containsExactlyInAnyOrder(1, 2);
    collection.updateOne(eq("_id", 1), set("tags", "c"));
    assertThat(ids(collection.find(eq("tags", "b")))).containsExactly(2);
    assertThat(ids(collection.find().sort(ascending("tags")))).hasSize(3);
  }

  @Test
  void longIdsAndBinaryDataComeBackAsTheyWere() {
    List<Document> bundles = new ArrayList<>();
    for (long n = 0; n < 300; n++) {
      bundles.add(new Document("_id", n * 3).append("data", new Binary(new byte[] {(byte) n, 2})));
    }
    collection.insertMany(bundles);
    restart();
    assertThat(collection.find().sort(descending("_id")).limit(2))
        .containsExactly(bundles.get(299), bundles.get(298));
    assertThat(collection.find(and(gte("_id", 30L), lt("_id", 36))).sort(ascending("_id")))
        .containsExactly(bundles.get(10), bundles.get(11));
  }

  @Test
  void droppedThingsStayDropped() {
    fill(100);
    collection.dropIndexes();
    assertThat(collection.find(eq("device", "d1"))).hasSize(20);
    collection.drop();
    restart();
    assertThat(collection.countDocuments()).isZero();
    fill(50);
    assertThat(collection.find(eq("device", "d1"))).hasSize(10);
    collection.renameCollection(new com.mongodb.MongoNamespace("energy", "others"));
    restart();
    assertThat(client.getDatabase("energy").getCollection("others").find(eq("device", "d1")))
        .hasSize(10);
  }

  @Test
  void aDroppedDatabaseCanBeMadeAgain() {
    fill(50);
    client.getDatabase("energy").drop();
    assertThat(collection.countDocuments()).isZero();
    fill(20);
    restart();
    assertThat(collection.find(eq("device", "d1"))).hasSize(4);
  }

  /** Old versions of the file's parts must not go while someone reads them. */
  @Test
  void readersAreNotDisturbedByWritersAndCompaction() throws Exception {
    fill(5_000);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        String device = "d" + i;
        work.add(
            threads.submit(
                () -> {
                  while (!done.get()) {
                    assertThat(
                            collection
                                .find(eq("device", device))
                                .sort(orderBy(descending("at"), descending("_id")))
                                .batchSize(100))
                        .hasSize(1_000);
                  }
                }));
      }
      work.add(
          threads.submit(
              () -> {
                while (!done.get()) {
                  server.compact();
                }
              }));
      for (int i = 0; i < 60; i++) {
        List<Document> more = new ArrayList<>();
        for (int j = 0; j < 20; j++) {
          more.add(
              new Document("_id", "x" + i + "." + j)
                  .append("device", "d" + (2 + j % 3))
                  .append("at", time(i)));
        }
        collection.insertMany(more);
        collection.updateMany(eq("device", "d4"), Updates.inc("n", 1));
        collection.deleteMany(and(eq("device", "d2"), eq("at", time(i / 2))));
      }
      done.set(true);
      for (Future<?> each : work) {
        each.get();
      }
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  @Test
  void aTakenPortIsAnErrorThatNamesTheVariable() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> LocalMongo.start(directory.resolve("b"), taken.getLocalPort()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("BOE_MONGO_PORT")
          .hasMessageContaining(Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aSecondServerOnTheSameDataIsRefused() {
    assertThatThrownBy(() -> LocalMongo.start(directory, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(directory.toString());
  }

  /** What a killed server had answered is there, and its index fits its documents. */
  @Test
  void aKillLosesNothingThatWasAnswered(@TempDir Path data) throws Exception {
    long acknowledged = 0;
    for (int round = 0; round < 2; round++) {
      Process process =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Serve.class.getName(),
                  data.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader out = process.inputReader()) {
        String line = out.readLine();
        while (line != null && !line.startsWith("mongodb://")) {
          line = out.readLine();
        }
        try (MongoClient killed =
            MongoClients.create(line + "/?retryWrites=false&serverSelectionTimeoutMS=3000")) {
          MongoCollection<Document> target = killed.getDatabase("energy").getCollection("kill");
          target.createIndex(Indexes.ascending("device", "at", "_id"));
          assertThat(target.estimatedDocumentCount()).isGreaterThanOrEqualTo(acknowledged);
          int batches = ThreadLocalRandom.current().nextInt(40, 120);
          Thread killer = null;
          try {
            for (int batch = 0; ; batch++) {
              List<Document> documents = new ArrayList<>();
              for (int i = 0; i < 40; i++) {
                long n = acknowledged + i;
                documents.add(
                    new Document("_id", round + "." + time((int) n))
                        .append("device", "d" + n % 4)
                        .append("at", time((int) (n * 31 % 1000))));
              }
              target.insertMany(documents);
              acknowledged += 40;
              if (batch == batches) {
                killer = new Thread(process::destroyForcibly);
                killer.start();
              }
            }
          } catch (com.mongodb.MongoException e) {
            assertThat(killer).as("failed before it was killed: %s", e).isNotNull();
          }
        }
      } finally {
        process.destroyForcibly();
        process.waitFor();
      }
    }
    try (LocalMongo again = LocalMongo.start(data, 0);
        MongoClient reader = MongoClients.create(again.connectionString())) {
      MongoCollection<Document> target = reader.getDatabase("energy").getCollection("kill");
      List<Object> all = ids(target.find());
      assertThat((long) all.size()).isGreaterThanOrEqualTo(acknowledged);
      List<Object> indexed = new ArrayList<>();
      for (int device = 0; device < 4; device++) {
        indexed.addAll(ids(target.find(eq("device", "d" + device))));
      }
      assertThat(indexed).containsExactlyInAnyOrderElementsOf(all);
    }
  }

  /** The server alone, to be killed. */
  static final class Serve {
    public static void main(String[] arguments) throws InterruptedException {
      LocalMongo server = LocalMongo.start(Path.of(arguments[0]), 0);
      System.out.println(server.connectionString());
      Thread.currentThread().join();
    }
  }
}
