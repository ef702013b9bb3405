package io.blockofenergy.cloud.local;

import static io.blockofenergy.cloud.local.UplinkTests.assertNoThreadOfTheSdkIsLeft;
import static io.blockofenergy.cloud.local.UplinkTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.edge.uplink.Uplink;
import io.blockofenergy.edge.uplink.UplinkConfig;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The local hub, with the uplink and its real device SDK on the other side. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LocalHubIT {
  private static final String BRIDGE = "bridge-1";

  @TempDir Path directory;
  private final SigningKey key = SigningKey.generate();
  private final SimpleMeterRegistry hubMetrics = new SimpleMeterRegistry();
  private final SimpleMeterRegistry edgeMetrics = new SimpleMeterRegistry();
  private final Kept kept = new Kept();
  private final Pins pins = new Pins();
  private Vertx vertx;
  private LocalHub hub;
  private int port;
  private Uplink uplink;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    startHub(0);
  }

  @AfterEach
  void stop() {
    if (uplink != null) {
      uplink.close();
    }
    vertx.close().await();
    assertNoThreadOfTheSdkIsLeft();
  }

  @Test
  void everyBatchArrivesAsItWasCutAndIsAcknowledgedOnlyWhenKept() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 1_000, 700);
    kept.check = batches;
    // Long enough for an acknowledgement that did not wait to be seen.
    kept.delayMillis = 100;
    startUplink(batches, port);
    await(batches::isEverythingAcknowledged);

    assertThat(kept.messages.keySet()).containsExactlyInAnyOrderElementsOf(batches.ids());
    assertThat(kept.acknowledgedTooEarly.get()).isZero();
    Kept.Message message = kept.messages.get(batches.ids().get(0));
    assertThat(message.device()).isEqualTo(BRIDGE);
    assertThat(message.contentType()).isEqualTo(Batch.CONTENT_TYPE);
    assertThat(message.contentEncoding()).isEqualTo(Batch.CONTENT_ENCODING);
    Batch arrived = Batch.fromMessage(BRIDGE, message.properties(), message.body().getBytes());
    assertThat(arrived.isSignedBy(key.publicKey())).isTrue();
    assertThat(pins.keys).containsEntry(BRIDGE, base64(key));
    assertThat(uplink.problem()).isEmpty();
    assertThat(edgeMetrics.get("boe.edge.uplink.connected").gauge().value()).isEqualTo(1);
    assertThat(edgeMetrics.get("boe.edge.uplink.acknowledged.readings").counter().count())
        .isEqualTo(1_000);
  }

  @Test
  void nothingIsLostWhenTheHubIsStoppedAndStartedAgainInTheMiddle() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 1_000, 100);
    kept.limit = 400;
    startUplink(batches, port);
    await(() -> batches.acknowledgedIds().size() > 200);
    hub.stop().await();
    await(() -> uplink.problem().isPresent());
    assertThat(batches.isEverythingAcknowledged()).isFalse();
    kept.limit = Integer.MAX_VALUE;
    startHub(port);
    await(batches::isEverythingAcknowledged);
    assertThat(kept.messages.keySet()).containsExactlyInAnyOrderElementsOf(batches.ids());
  }

  @Test
  void nothingIsLostWhenTheWireIsCutAgainAndAgain() throws Exception {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 1_000, 100);
    kept.delayMillis = 50;
    FaultProxy proxy = new FaultProxy(vertx, port);
    startUplink(batches, proxy.start().await());
    for (int cut = 1; cut <= 3; cut++) {
      int atLeast = cut * 200;
      await(() -> batches.acknowledgedIds().size() >= atLeast);
      assertThat(proxy.cut()).isPositive();
    }
    await(batches::isEverythingAcknowledged);
    assertThat(kept.messages.keySet()).containsExactlyInAnyOrderElementsOf(batches.ids());
    assertThat(counter(edgeMetrics, "boe.edge.uplink.connections", "outcome", "lost"))
        .isGreaterThanOrEqualTo(1);
  }

  @Test
  void aBatchThatCouldNotBeKeptIsNotAcknowledgedAndComesAgain() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    kept.check = batches;
    kept.delayMillis = 100;
    kept.failures.set(3);
    startUplink(batches, port);
    await(batches::isEverythingAcknowledged);
    assertThat(kept.messages.keySet()).containsExactlyInAnyOrderElementsOf(batches.ids());
    assertThat(kept.acknowledgedTooEarly.get()).isZero();
  }

  @Test
  void aWrongGroupKeyIsRefusedCountedAndSaid() {
    String wrong = Base64.getEncoder().encodeToString(new byte[64]);
    uplink =
        new Uplink(
            BRIDGE,
            key.publicKey(),
            config(port, Optional.of(new Secret(wrong))),
            new MemoryBatches(BRIDGE, key, 1, 0),
            Clock.systemUTC(),
            edgeMetrics);
    uplink.start();
    await(() -> counter(hubMetrics, "boe.hub.refused", "reason", "unauthorized") >= 2);
    await(() -> uplink.problem().orElse("").contains("check group key"));
    assertThat(counter(edgeMetrics, "boe.edge.uplink.registrations", "outcome", "refused"))
        .isPositive();
    assertThat(kept.messages).isEmpty();
    assertThat(uplink.problem().orElseThrow()).doesNotContain(wrong);
  }

  @Test
  void anotherPublicKeyIsRefusedAtProvisioningWithItsReason() {
    pins.keys.put(BRIDGE, base64(SigningKey.generate()));
    startUplink(new MemoryBatches(BRIDGE, key, 1, 0), port);
    await(() -> uplink.problem().orElse("").contains("another public key is pinned"));
    assertThat(counter(hubMetrics, "boe.hub.refused", "reason", "enrolment")).isPositive();
    assertThat(kept.messages).isEmpty();

    pins.keys.remove(BRIDGE);
    await(() -> !kept.messages.isEmpty());
  }

  @Test
  void tokensThatAreWrongExpiredOrForAnotherAreRefused() throws Exception {
    byte[] groupKey = groupKey();
    byte[] deviceKey = SasToken.deriveKey(groupKey, BRIDGE);
    Instant later = Instant.now().plusSeconds(60);
    String resource = "127.0.0.1/devices/" + BRIDGE;
    connect(SasToken.create(deviceKey, resource, later)).await().disconnect().await();
    for (String token :
        new String[] {
          SasToken.create(SasToken.deriveKey(groupKey, "bridge-2"), resource, later),
          SasToken.create(deviceKey, "127.0.0.1/devices/bridge-2", later),
          SasToken.create(deviceKey, resource, Instant.now().minusSeconds(1)),
          "no token",
        }) {
      assertThatThrownBy(() -> connect(token).await()).hasMessageContaining("NOT_AUTHORIZED");
    }
    assertThat(counter(hubMetrics, "boe.hub.refused", "reason", "unauthorized")).isEqualTo(2);
    assertThat(counter(hubMetrics, "boe.hub.refused", "reason", "expired")).isEqualTo(1);
    assertThat(counter(hubMetrics, "boe.hub.refused", "reason", "malformed")).isEqualTo(1);
  }

  @Test
  void aTopicOrSizeThatIsNotAllowedCostsTheConnectionOnly() throws Exception {
    String token = token();
    for (String topic :
        new String[] {"devices/bridge-2/messages/events/", "devices/bridge-1/messages/events/=1"}) {
      MqttClient client = connect(token).await();
      Promise<Void> closed = Promise.promise();
      client.closeHandler(closed::tryComplete);
      client.publish(topic, Buffer.buffer("x"), MqttQoS.AT_LEAST_ONCE, false, false).await();
      closed.future().await();
    }
    assertThat(counter(hubMetrics, "boe.hub.refused", "reason", "malformed")).isEqualTo(2);

    MqttClient large = connect(token).await();
    Promise<Void> closed = Promise.promise();
    large.closeHandler(closed::tryComplete);
    large
        .publish(
            "devices/bridge-1/messages/events/",
            Buffer.buffer(new byte[LocalHub.MAX_MESSAGE_BYTES]),
            MqttQoS.AT_LEAST_ONCE,
            false,
            false)
        .otherwiseEmpty()
        .await();
    closed.future().await();
    await(() -> counter(hubMetrics, "boe.hub.refused", "reason", "too-large") == 1);
    assertThat(kept.messages).isEmpty();
  }

  @Test
  void theNewestConnectionOfADeviceWins() throws Exception {
    MqttClient first = connect(token()).await();
    Promise<Void> closed = Promise.promise();
    first.closeHandler(closed::tryComplete);
    MqttClient second = connect(token()).await();
    closed.future().await();
    assertThat(second.isConnected()).isTrue();
    await(() -> hubMetrics.get("boe.hub.devices").gauge().value() == 1);
  }

  @Test
  void aTakenPortIsAnErrorThatNamesTheVariable() {
    LocalHub second = hub(port);
    assertThatThrownBy(() -> second.start().await())
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("BOE_HUB_PORT");
  }

  @Test
  void secretsAreTheOwnersAloneAndSurviveARestart() throws Exception {
    String before = Files.readString(directory.resolve("group.key"));
    String certificate = Files.readString(directory.resolve("ca.pem"));
    for (String file : new String[] {"group.key", "hub.password", "hub.p12"}) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(file))))
          .isEqualTo("rw-------");
    }
    hub.stop().await();
    startHub(0);
    assertThat(Files.readString(directory.resolve("group.key"))).isEqualTo(before);
    assertThat(Files.readString(directory.resolve("ca.pem"))).isEqualTo(certificate);
  }

  @Test
  void aLongBacklogIsDelivered() {
    int count = Integer.getInteger("boe.bench.batches", 5_000);
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, count, 700);
    startUplink(batches, port);
    await(() -> !batches.acknowledgedIds().isEmpty());
    long start = System.nanoTime();
    int already = batches.acknowledgedIds().size();
    await(batches::isEverythingAcknowledged);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf("uplink: %.0f batches/s%n", (count - already) / seconds);
    assertThat(kept.messages).hasSize(count);
  }

  private void startHub(int atPort) {
    hub = hub(atPort);
    port = hub.start().await();
  }

  private LocalHub hub(int atPort) {
    return new LocalHub(
        vertx,
        new HubConfig(
            "127.0.0.1",
            atPort,
            "127.0.0.1",
            "0neLocal",
            directory,
            Optional.empty(),
            4_000,
            16 << 20,
            128 << 20),
        kept,
        pins,
        hubMetrics,
        Clock.systemUTC());
  }

  private void startUplink(MemoryBatches batches, int toPort) {
    uplink =
        new Uplink(
            BRIDGE,
            key.publicKey(),
            config(toPort, Optional.empty()),
            batches,
            Clock.systemUTC(),
            edgeMetrics);
    uplink.start();
  }

  private UplinkConfig config(int toPort, Optional<Secret> groupKey) {
    return new UplinkConfig(
        "127.0.0.1",
        "0neLocal",
        groupKey,
        directory.resolve("group.key"),
        Optional.empty(),
        Optional.empty(),
        Optional.of(directory.resolve("ca.pem")),
        toPort,
        200,
        8 << 20,
        0,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        Duration.ofSeconds(30));
  }

  private Future<MqttClient> connect(String token) {
    MqttClient client =
        MqttClient.create(
            vertx,
            new MqttClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setHostnameVerificationAlgorithm("")
                .setClientId(BRIDGE)
                .setMaxMessageSize(1 << 20)
                .setUsername("127.0.0.1/" + BRIDGE + "/?api-version=2020-09-30")
                .setPassword(token));
    return client.connect(port, "127.0.0.1").map(client);
  }

  private String token() throws Exception {
    return SasToken.create(
        SasToken.deriveKey(groupKey(), BRIDGE),
        "127.0.0.1/devices/" + BRIDGE,
        Instant.now().plusSeconds(60));
  }

  private byte[] groupKey() throws Exception {
    return Base64.getDecoder().decode(Files.readString(directory.resolve("group.key")).strip());
  }

  private static String base64(SigningKey key) {
    return Base64.getEncoder().encodeToString(key.publicKey());
  }

  private static double counter(
      SimpleMeterRegistry registry, String name, String tag, String value) {
    Counter counter = registry.find(name).tag(tag, value).counter();
    return counter == null ? 0 : counter.count();
  }

  /** The event stream, in memory. */
  private final class Kept implements HubEvents {
    record Message(
        String device,
        Map<String, String> properties,
        String contentType,
        String contentEncoding,
        Buffer body) {}

    final Map<String, Message> messages = new ConcurrentHashMap<>();
    final AtomicInteger acknowledgedTooEarly = new AtomicInteger();
    final AtomicInteger failures = new AtomicInteger();
    volatile long delayMillis;

    /** So many are kept; what comes then waits for ever. */
    volatile int limit = Integer.MAX_VALUE;

    volatile MemoryBatches check;

    @Override
    public Future<Void> publish(
        String deviceId,
        Map<String, String> applicationProperties,
        String messageId,
        String contentType,
        String contentEncoding,
        Buffer body) {
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        return Future.failedFuture(new UnavailableException("the broker is away"));
      }
      if (messages.size() >= limit) {
        return Promise.<Void>promise().future();
      }
      Future<Void> written =
          delayMillis == 0
              ? Future.succeededFuture()
              : vertx.timer(delayMillis, TimeUnit.MILLISECONDS).mapEmpty();
      return written.onSuccess(
          now -> {
            if (check != null
                && check.acknowledgedIds().contains(messageId)
                && !messages.containsKey(messageId)) {
              acknowledgedTooEarly.incrementAndGet();
            }
            messages.put(
                messageId,
                new Message(deviceId, applicationProperties, contentType, contentEncoding, body));
          });
    }
  }

  /** Pins the first key of each bridge. */
  private static final class Pins implements Enrolment {
    final Map<String, String> keys = new ConcurrentHashMap<>();

    @Override
    public Future<Void> enrol(String bridge, String publicKey) {
      if (publicKey == null) {
        return Future.failedFuture(new MalformedReadingException("no public key"));
      }
      String pinned = keys.putIfAbsent(bridge, publicKey);
      return pinned == null || pinned.equals(publicKey)
          ? Future.succeededFuture()
          : Future.failedFuture(
              new MalformedReadingException("another public key is pinned for " + bridge));
    }
  }
}
