package io.blockofenergy.cloud.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.cloud.topic.Delivery;
import io.blockofenergy.cloud.topic.Settlement;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.cloud.topic.TopicReceiver;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalBrokerIT {
  private static final LocalBrokerConfig CONFIG = new LocalBrokerConfig(0, 8 << 20, 100);
  private static final AmqpConfig BASE = AmqpConfig.from(Settings.of(Map.of()));

  @TempDir Path data;
  private Vertx vertx;
  private LocalBroker broker;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    broker = new LocalBroker(data, CONFIG);
  }

  @AfterEach
  void stop() throws Exception {
    Await.result(vertx.close());
    broker.close();
  }

  @Test
  void aTakenPortIsAnErrorThatNamesTheVariable() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      LocalBrokerConfig taken = new LocalBrokerConfig(other.getLocalPort(), 8 << 20, 100);
      assertThatThrownBy(() -> new LocalBroker(data, taken).start())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port " + other.getLocalPort())
          .hasMessageContaining("BOE_AMQP_PORT");
    }
  }

  @Test
  void aDirectoryInUseIsAnError() throws Exception {
    broker.start();
    assertThatThrownBy(() -> new LocalBroker(data, CONFIG).start())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(data.toString());
  }

  @Test
  void onlyTheOwnerCanReadThePasswordAndOnlyThePasswordOpens() throws Exception {
    broker.start();
    Path file = data.resolve("broker/password");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    AmqpConfig wrong =
        broker
            .clientConfig(BASE)
            .withPeer("127.0.0.1", broker.port(), "boe", new Secret("guessed"));
    TopicSender refused = new TopicSender(vertx, wrong, Addresses.TELEMETRY_TOPIC);
    refused.start();
    Await.until(
        "refused", () -> refused.problem().orElse("").toLowerCase().contains("authenticat"));
    AmqpConfig anonymous =
        AmqpConfig.from(Settings.of(Map.of("BOE_AMQP_PORT", Integer.toString(broker.port()))));
    TopicSender nobody = new TopicSender(vertx, anonymous, Addresses.TELEMETRY_TOPIC);
    nobody.start();
    Await.until("refused", () -> !nobody.problem().orElse("yet").endsWith("yet"));
  }

  @Test
  void anUnknownAddressIsNotMadeUp() throws Exception {
    broker.start();
    TopicSender lost = sender("no-such-address");
    Await.until("refused", () -> !lost.problem().orElse("yet").endsWith("yet"));
  }

  @Test
  void bothSubscriptionsGetEachMessageAcrossARestart() throws Exception {
    broker.start();
    TopicSender sender = sender(Addresses.TELEMETRY_TOPIC);
    byte[] body = new byte[250_000];
    new Random(1).nextBytes(body);
    Await.result(sender.send(message("big", body)));
    broker.close();
    broker = new LocalBroker(data, CONFIG);
    broker.start();
    for (String subscription : List.of(Addresses.STORAGE, Addresses.LEDGER)) {
      assertThat(broker.messageCount(subscription)).isEqualTo(1);
      List<Delivery> got = receive(subscription, d -> Settlement.accept(), 1);
      assertThat(got.get(0).message().messageId()).isEqualTo("big");
      assertThat(got.get(0).message().body()).isEqualTo(body);
      Await.until("settled", () -> broker.messageCount(subscription) == 0);
    }
  }

  @Test
  void aRejectedMessageIsDeadLetteredAtOnceAndOnlyInItsSubscription() throws Exception {
    broker.start();
    Await.result(sender(Addresses.TELEMETRY_TOPIC).send(message("bad", new byte[10])));
    receive(Addresses.STORAGE, d -> Settlement.reject("not a batch"), 1);
    String deadLetters = Addresses.deadLetterQueue(Addresses.STORAGE);
    List<Delivery> dead = receive(deadLetters, d -> Settlement.accept(), 1);
    assertThat(dead.get(0).message().messageId()).isEqualTo("bad");
    assertThat(dead.get(0).message().body()).hasSize(10);
    assertThat(broker.messageCount(Addresses.LEDGER)).isEqualTo(1);
  }

  @Test
  void aDeadLetterThatIsRejectedStays() throws Exception {
    broker.start();
    Await.result(sender(Addresses.INGESTION_DEAD_LETTERS).send(message("dead", new byte[10])));
    receive(Addresses.INGESTION_DEAD_LETTERS, d -> Settlement.reject("again"), 1);
    receive(Addresses.INGESTION_DEAD_LETTERS, d -> Settlement.of(new Exception("bug")), 1);
    assertThat(broker.messageCount(Addresses.INGESTION_DEAD_LETTERS)).isEqualTo(1);
  }

  @Test
  void aMessageThatFailsTenTimesIsDeadLetteredAndAReleasedOneNever() throws Exception {
    broker.start();
    Await.result(sender(Addresses.TELEMETRY_TOPIC).send(message("poison", new byte[10])));
    Settlement failed = new Settlement(Settlement.Outcome.FAIL, Duration.ZERO, "bug");
    receive(Addresses.STORAGE, d -> failed, 10);
    String deadLetters = Addresses.deadLetterQueue(Addresses.STORAGE);
    Await.until("dead-lettered", () -> broker.messageCount(deadLetters) == 1);

    receive(Addresses.LEDGER, d -> Settlement.release(Duration.ofMillis(1), "busy"), 25);
    assertThat(broker.messageCount(Addresses.LEDGER)).isEqualTo(1);
    assertThat(broker.messageCount(Addresses.deadLetterQueue(Addresses.LEDGER))).isZero();
  }

  @Test
  void moreThanMemoryHoldsIsPagedAndComesBack() throws Exception {
    broker.start();
    TopicSender sender = sender(Addresses.TELEMETRY_TOPIC);
    byte[] body = new byte[200_000];
    List<Future<Void>> sent = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sent.add(sender.send(message("m" + i, body)));
    }
    Await.result(Future.all(sent));
    assertThat(pageFiles()).isPositive();
    assertThat(ids(receive(Addresses.STORAGE, d -> Settlement.accept(), 100))).hasSize(100);
    assertThat(ids(receive(Addresses.LEDGER, d -> Settlement.accept(), 100))).hasSize(100);
  }

  @Test
  void hubEventsCarryTheAnnotationsOfIotHub() throws Exception {
    broker.start();
    Clock clock = Clock.fixed(Instant.parse("2026-11-23T10:00:00Z"), ZoneOffset.UTC);
    BrokerHubEvents events = new BrokerHubEvents(sender(Addresses.HUB_EVENTS), clock);
    Await.result(
        events.publish("b1", Map.of("k", "v"), "id1", "text/plain", "gzip", Buffer.buffer("body")));
    TopicMessage got = receive(Addresses.HUB_EVENTS, d -> Settlement.accept(), 1).get(0).message();
    assertThat(got.annotations())
        .containsEntry("iothub-connection-device-id", "b1")
        .containsEntry("iothub-enqueuedtime", java.util.Date.from(clock.instant()));
    assertThat(got.applicationProperties()).isEqualTo(Map.of("k", "v"));
    assertThat(got.messageId()).isEqualTo("id1");
    assertThat(got.contentType()).isEqualTo("text/plain");
    assertThat(got.contentEncoding()).isEqualTo("gzip");
    assertThat(got.body()).asString().isEqualTo("body");
  }

  @Test
  void noThreadOutlivesIt() throws Exception {
    Set<Thread> before = Set.copyOf(Thread.getAllStackTraces().keySet());
    broker.start();
    Await.result(sender(Addresses.TELEMETRY_TOPIC).send(message("m", new byte[10])));
    broker.close();
    Await.until(
        "threads end",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && !thread.isDaemon())
                .allMatch(thread -> thread.getName().startsWith("vert")));
  }

  @Test
  void nothingAcknowledgedIsLostWhenItsProcessIsKilled() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BrokerProcess.class.getName(),
                data.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    try {
      AmqpConfig config =
          BASE.withPeer("127.0.0.1", listeningPort(process), "boe", passwordOf(data));
      TopicSender sender = new TopicSender(vertx, config, Addresses.TELEMETRY_TOPIC);
      sender.start();
      for (int i = 0; i < 32; i++) {
        sendOn(sender, "s" + i + "-", 0, acknowledged);
      }
      Await.until("300 acknowledged", () -> acknowledged.size() >= 300);
    } finally {
      process.destroyForcibly().waitFor();
    }
    Set<String> expected = Set.copyOf(acknowledged);

    broker.start();
    for (String subscription : List.of(Addresses.STORAGE, Addresses.LEDGER)) {
      Set<String> got = ConcurrentHashMap.newKeySet();
      TopicReceiver receiver =
          receiver(
              subscription,
              d -> {
                got.add(d.message().messageId());
                return Future.succeededFuture(Settlement.accept());
              });
      Await.until("all are there", () -> got.containsAll(expected));
      Await.result(receiver.close());
    }
  }

  /** Sends one after the other until the first that fails. */
  private static void sendOn(TopicSender sender, String prefix, int n, Set<String> acknowledged) {
    String id = prefix + n;
    sender
        .send(message(id, new byte[2_000]))
        .onSuccess(
            v -> {
              acknowledged.add(id);
              sendOn(sender, prefix, n + 1, acknowledged);
            });
  }

  private static int listeningPort(Process process) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("LISTENING ")) {
        return Integer.parseInt(line.substring(10));
      }
    }
    throw new IOException("the broker's process ended");
  }

  private static Secret passwordOf(Path data) throws IOException {
    return new Secret(Files.readString(data.resolve("broker/password")).strip());
  }

  private long pageFiles() throws IOException {
    try (var files = Files.walk(data.resolve("broker/paging"))) {
      return files.filter(file -> file.toString().endsWith(".page")).count();
    }
  }

  private TopicSender sender(String address) {
    TopicSender sender = new TopicSender(vertx, broker.clientConfig(BASE), address);
    sender.start();
    return sender;
  }

  private TopicReceiver receiver(String address, Function<Delivery, Future<Settlement>> handler) {
    TopicReceiver receiver =
        new TopicReceiver(vertx, broker.clientConfig(BASE), address, 20, handler);
    receiver.start();
    return receiver;
  }

  /** The first {@code count} deliveries, settled as {@code settle} says; later ones are left. */
  private List<Delivery> receive(String address, Function<Delivery, Settlement> settle, int count)
      throws Exception {
    ConcurrentLinkedQueue<Delivery> got = new ConcurrentLinkedQueue<>();
    AtomicInteger number = new AtomicInteger();
    TopicReceiver receiver =
        receiver(
            address,
            delivery -> {
              if (number.incrementAndGet() > count) {
                return Future.future(never -> {});
              }
              got.add(delivery);
              return Future.succeededFuture(settle.apply(delivery));
            });
    Await.until(count + " deliveries from " + address, () -> got.size() == count);
    Await.until("settled", () -> receiver.unsettled() <= Math.max(0, number.get() - count));
    Await.result(receiver.close());
    return List.copyOf(got);
  }

  private static Set<String> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(d -> d.message().messageId()).collect(Collectors.toSet());
  }

  private static TopicMessage message(String id, byte[] body) {
    return new TopicMessage(id, null, null, Map.of(), Map.of(), body);
  }
}
