package io.blockofenergy.edge;

import io.blockofenergy.edge.backfill.ShellyBackfill;
import io.blockofenergy.edge.decode.Decoder;
import io.blockofenergy.edge.decode.Decoders;
import io.blockofenergy.edge.homeassistant.HomeAssistant;
import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.edge.mqtt.MqttBroker;
import io.blockofenergy.edge.source.Sources;
import io.blockofenergy.edge.uplink.Uplink;
import io.blockofenergy.edge.uplink.UplinkVerticle;
import io.blockofenergy.edge.witness.WitnessVerticle;
import io.blockofenergy.telemetry.ManagementEndpoint;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stages of the bridge, built from the configuration and handed to one another. */
final class Bridge implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeBridge.class);
  private static final long START_SECONDS = 30;
  private static final long STOP_SECONDS = 15;

  private final BridgeConfig config;
  private final PrometheusMeterRegistry registry;
  private final Journal journal;
  private final Vertx vertx = Vertx.vertx();
  private final Intake intake;
  private final MqttBroker broker;
  private final HomeAssistant homeAssistant;
  private final ShellyBackfill backfill;
  private final Sources sources;
  private final Uplink uplink;
  private final WitnessVerticle witness;
  private final ManagementEndpoint management;

  /**
   * Opens what is on the disk. Blocks.
   *
   * @throws IOException when it cannot be used
   */
  Bridge(BridgeConfig config, Clock clock, PrometheusMeterRegistry registry) throws IOException {
    this.config = config;
    this.registry = registry;
    String name = config.identity().bridge();
    SigningKey key = SigningKey.loadOrCreate(config.identity().keyFile());
    journal = Journal.open(config.journal(), config.identity(), key, clock, registry);
    uplink = new Uplink(name, key.publicKey(), config.uplink(), journal, clock, registry);
    List<Decoder> decoders = Decoders.from(config.decode(), config.identity().timeZone(), clock);
    intake = new Intake(vertx, config.intake(), journal, decoders, clock, registry);
    broker = new MqttBroker(config.mqtt(), intake, clock, registry);
    homeAssistant = new HomeAssistant(name, config.homeAssistant(), broker::publish);
    backfill =
        new ShellyBackfill(
            config.backfill(),
            (topic, payload) -> broker.publish(topic, payload, false),
            clock,
            registry);
    sources = new Sources(name, config.sources(), intake, clock, registry);
    witness = new WitnessVerticle(config.witness(), clock, registry);
    management = new ManagementEndpoint(vertx, registry);
    // Without the hub the bridge still does its duty, so the uplink does not decide on readiness.
    management.addReadinessCheck("journal", journal::problem);
    management.addReadinessCheck("mqtt", broker::problem);
    management.addStatus("bridge", () -> name);
    management.addStatus("site", config.identity()::site);
    management.addStatus("journal", journal::status);
    management.addStatus("mqtt", broker::status);
    management.addStatus("sources", sources::status);
    management.addStatus("uplink", uplink::status);
    management.addStatus("witness", witness::status);
  }

  Sources sources() {
    return sources;
  }

  /** What it counts. */
  PrometheusMeterRegistry registry() {
    return registry;
  }

  /** The port of its MQTT server, once started. */
  int mqttPort() {
    return broker.actualPort();
  }

  /** The port of its witness, once started. */
  int witnessPort() {
    return witness.port();
  }

  /**
   * Completes when sensors can publish, and the operator's tools ask: on the port that it gives.
   */
  Future<Integer> start() {
    return vertx
        .deployVerticle(broker)
        .compose(id -> broker.retained(homeAssistant.topicPrefix()))
        .onSuccess(homeAssistant::recover)
        .compose(found -> vertx.deployVerticle(backfill))
        .onSuccess(id -> listen())
        .compose(id -> vertx.deployVerticle(sources))
        .compose(id -> vertx.deployVerticle(new UplinkVerticle(uplink)))
        .compose(id -> vertx.deployVerticle(witness))
        .compose(
            id -> management.listen(config.management(), BridgeConfig.MANAGEMENT_PORT_VARIABLE));
  }

  private void listen() {
    intake.onTaken((topic, measurements) -> homeAssistant.taken(measurements));
    intake.onTaken(backfill::taken);
  }

  /** Waits for a future of this bridge. Blocks. */
  <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
  }

  /** Calls when the configuration file has changed; see {@link ConfigurationWatch}. */
  Future<String> watch(ConfigurationWatch watch) {
    return vertx.deployVerticle(watch);
  }

  @Override
  public void close() {
    try (journal;
        intake) {
      vertx.close().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      // Nothing acknowledged is at stake: the next start recovers.
      LOG.warn("The bridge did not stop in order: {}", e.toString());
    }
  }
}
