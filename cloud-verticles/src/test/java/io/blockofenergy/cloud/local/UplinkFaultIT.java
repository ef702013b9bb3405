package io.blockofenergy.cloud.local;

import static io.blockofenergy.cloud.local.UplinkTests.assertNoThreadOfTheSdkIsLeft;
import static io.blockofenergy.cloud.local.UplinkTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.uplink.Uplink;
import io.blockofenergy.edge.uplink.UplinkConfig;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.PfxOptions;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the uplink does, with the real device SDK, when the wire or the hub does not do its part.
 * Its times are shorter here than configured by default, in the same proportions.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class UplinkFaultIT {
  private static final String BRIDGE = "bridge-1";
  private static final String SECOND_HOST = "127.0.0.2";

  @TempDir Path directory;
  private final SigningKey key = SigningKey.generate();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final KeptMessages kept = new KeptMessages();
  private Vertx vertx;
  private Uplink uplink;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void close() {
    if (uplink != null) {
      uplink.close();
    }
    vertx.close().await();
    assertNoThreadOfTheSdkIsLeft();
  }

  @Test
  void aConnectionThatHasGoneSilentIsReplaced() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 400, 90_000);
    FaultProxy proxy = new FaultProxy(vertx, start(hub("127.0.0.1", 0, "127.0.0.1")));
    startUplink(batches, proxy.start().await());
    // By now so much is on its way that the SDK's writer is stuck when nobody reads any more.
    await(() -> batches.acknowledgedIds().size() > 100);
    assertThat(proxy.stall()).isPositive();
    await(batches::isEverythingAcknowledged);
    assertThat(kept.ids).containsExactlyInAnyOrderElementsOf(batches.ids());
    assertThat(count("connections", "lost")).isPositive();
  }

  @Test
  void aHubThatAnswersNothingIsLeftAndFoundAgain() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    kept.answering = false;
    startUplink(batches, start(hub("127.0.0.1", 0, "127.0.0.1")));
    await(() -> count("connections", "lost") >= 2);
    assertThat(String.valueOf(uplink.status().get("lastFault"))).contains("acknowledged nothing");
    kept.answering = true;
    await(batches::isEverythingAcknowledged);
  }

  @Test
  void handshakesThatAreNotAnsweredEndInTime() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    FaultProxy proxy = new FaultProxy(vertx, start(hub("127.0.0.1", 0, "127.0.0.1")));
    proxy.mode(FaultProxy.Mode.SILENT);
    startUplink(batches, proxy.start().await());
    await(() -> uplink.problem().orElse("").contains("did not answer within 5 s"));
    assertThat(count("registrations", "unreachable")).isPositive();
    proxy.mode(FaultProxy.Mode.PASS);
    await(() -> batches.acknowledgedIds().size() > 10);

    proxy.mode(FaultProxy.Mode.SILENT);
    assertThat(proxy.cut()).isPositive();
    await(() -> uplink.problem().orElse("").contains("did not answer within 5 s"));
    assertThat(count("connections", "unreachable")).isPositive();
    proxy.mode(FaultProxy.Mode.PASS);
    await(() -> uplink.problem().isEmpty());
    await(batches::isEverythingAcknowledged);
  }

  @Test
  void handshakesThatAreCutShortAreTriedAgain() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    FaultProxy proxy = new FaultProxy(vertx, start(hub("127.0.0.1", 0, "127.0.0.1")));
    startUplink(batches, proxy.start().await());
    await(batches::isEverythingAcknowledged);
    proxy.mode(FaultProxy.Mode.CLOSE_EARLY);
    assertThat(proxy.cut()).isPositive();
    await(() -> count("connections", "unreachable") >= 2);
    proxy.mode(FaultProxy.Mode.PASS);
    await(() -> uplink.problem().isEmpty());
    assertThat(uplink.status()).containsEntry("connected", true);
  }

  @Test
  void aLossyLineIsNoFault() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 300, 20_000);
    FaultProxy proxy = new FaultProxy(vertx, start(hub("127.0.0.1", 0, "127.0.0.1")));
    proxy.mode(FaultProxy.Mode.LOSSY);
    startUplink(batches, proxy.start().await());
    await(batches::isEverythingAcknowledged);
    assertThat(kept.ids).containsExactlyInAnyOrderElementsOf(batches.ids());
    assertThat(count("connections", "lost")).isZero();
  }

  @Test
  void aDeviceThatItsHubDoesNotKnowAnyMoreRegistersAndGoesToItsNewHub() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    start(hub(SECOND_HOST, 0, SECOND_HOST)); // makes a certificate for both
    LocalHub old = hub("127.0.0.1", 0, "127.0.0.1");
    int port = start(old);
    startUplink(batches, port);
    await(batches::isEverythingAcknowledged);
    await(() -> "127.0.0.1".equals(uplink.status().get("hub")));

    old.stop().await();
    start(hub("127.0.0.1", port, SECOND_HOST)); // provisioning, which now names the other hub
    start(hub(SECOND_HOST, port, SECOND_HOST));
    await(() -> SECOND_HOST.equals(uplink.status().get("hub")) && uplink.problem().isEmpty());
    assertThat(count("connections", "refused")).isPositive();
    assertThat(count("registrations", "assigned")).isEqualTo(2);
  }

  @Test
  void aBusyHubIsAskedLessOftenAndThenUsed() {
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    int port = start(hub("127.0.0.1", 0, SECOND_HOST));
    AtomicInteger asked = new AtomicInteger();
    MqttServer busy = busyHub(port, asked);
    startUplink(batches, port);
    await(() -> count("connections", "throttled") >= 2);
    assertThat(asked.get()).isGreaterThanOrEqualTo(2);
    assertThat(uplink.problem().orElseThrow()).contains("asks for less");
    busy.close().await();
    start(hub(SECOND_HOST, port, SECOND_HOST));
    await(batches::isEverythingAcknowledged);
  }

  @Test
  void aBridgeWithACertificateNeedsNoKey() throws Exception {
    DeviceCertificates certificates = new DeviceCertificates(directory.resolve("devices"));
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 50, 100);
    int port = start(hub("127.0.0.1", 0, "127.0.0.1", Optional.of(certificates.authority())));
    startUplink(batches, config(port, Optional.of(certificates.issue(BRIDGE)), certificates));
    await(batches::isEverythingAcknowledged);
    assertThat(kept.ids).containsExactlyInAnyOrderElementsOf(batches.ids());
  }

  @Test
  void aCertificateThatTheHubDoesNotTrustIsNotAccepted() throws Exception {
    DeviceCertificates certificates = new DeviceCertificates(directory.resolve("devices"));
    DeviceCertificates others = new DeviceCertificates(directory.resolve("others"));
    MemoryBatches batches = new MemoryBatches(BRIDGE, key, 1, 100);
    int port = start(hub("127.0.0.1", 0, "127.0.0.1", Optional.of(certificates.authority())));
    startUplink(batches, config(port, Optional.of(others.issue(BRIDGE)), others));
    await(() -> count("registrations", "unreachable") + count("registrations", "refused") >= 2);
    assertThat(kept.ids).isEmpty();
  }

  @Test
  void aCertificateInAnotherNameIsRefusedAndSaid() throws Exception {
    DeviceCertificates certificates = new DeviceCertificates(directory.resolve("devices"));
    certificates.issue(BRIDGE);
    Path other = certificates.issue("bridge-2");
    int port = start(hub("127.0.0.1", 0, "127.0.0.1", Optional.of(certificates.authority())));
    startUplink(
        new MemoryBatches(BRIDGE, key, 1, 100), config(port, Optional.of(other), certificates));
    await(() -> uplink.problem().orElse("").contains("the certificate names bridge-2"));
    assertThat(kept.ids).isEmpty();
  }

  private LocalHub hub(String host, int port, String hostName) {
    return hub(host, port, hostName, Optional.empty());
  }

  private LocalHub hub(String host, int port, String hostName, Optional<Path> deviceCa) {
    return new LocalHub(
        vertx,
        new HubConfig(
            host, port, hostName, "0neLocal", directory, deviceCa, 4_000, 64 << 20, 128 << 20),
        kept,
        (bridge, publicKey) -> Future.succeededFuture(),
        new SimpleMeterRegistry(),
        Clock.systemUTC());
  }

  private static int start(LocalHub hub) {
    return hub.start().await();
  }

  /** Answers every CONNECT as a hub does that has too many of them. */
  private MqttServer busyHub(int port, AtomicInteger asked) {
    try {
      HubCertificate certificate = HubCertificate.loadOrCreate(directory, SECOND_HOST);
      return MqttServer.create(
              vertx,
              new MqttServerOptions()
                  .setHost(SECOND_HOST)
                  .setPort(port)
                  .setSsl(true)
                  .setKeyCertOptions(
                      new PfxOptions()
                          .setPath(certificate.keyStore().toString())
                          .setPassword(certificate.password())))
          .endpointHandler(
              endpoint -> {
                asked.incrementAndGet();
                endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
              })
          .listen()
          .await();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private void startUplink(MemoryBatches batches, int port) {
    startUplink(batches, config(port, Optional.empty(), null));
  }

  private void startUplink(MemoryBatches batches, UplinkConfig config) {
    uplink = new Uplink(BRIDGE, key.publicKey(), config, batches, Clock.systemUTC(), metrics);
    uplink.start();
  }

  /**
   * @param certificate empty to use the group key
   */
  private UplinkConfig config(
      int port, Optional<Path> certificate, DeviceCertificates certificates) {
    return new UplinkConfig(
        "127.0.0.1",
        "0neLocal",
        Optional.empty(),
        directory.resolve(certificate.isPresent() ? "no-such-file" : "group.key"),
        certificate,
        certificate.map(file -> certificates.key(BRIDGE)),
        Optional.of(directory.resolve("ca.pem")),
        port,
        200,
        8 << 20,
        0,
        Duration.ofSeconds(5), // a registration takes two or three, for the SDK waits in between
        Duration.ofSeconds(2),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10));
  }

  private double count(String what, String outcome) {
    Counter counter = metrics.find("boe.edge.uplink." + what).tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }
}
