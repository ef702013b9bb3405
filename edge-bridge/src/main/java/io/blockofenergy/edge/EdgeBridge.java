package io.blockofenergy.edge;

import io.blockofenergy.edge.decode.DecodeConfig;
import io.blockofenergy.edge.decode.Decoder;
import io.blockofenergy.edge.decode.Decoders;
import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.IntakeConfig;
import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.edge.mqtt.MqttBroker;
import io.blockofenergy.edge.mqtt.MqttConfig;
import io.blockofenergy.edge.mqtt.PasswdCommand;
import io.blockofenergy.edge.simulator.SimulateCommand;
import io.blockofenergy.edge.source.SourceConfig;
import io.blockofenergy.edge.source.Sources;
import io.blockofenergy.edge.uplink.Uplink;
import io.blockofenergy.edge.uplink.UplinkConfig;
import io.blockofenergy.edge.uplink.UplinkVerticle;
import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.ManagementConfig;
import io.blockofenergy.telemetry.ManagementEndpoint;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The edge bridge's process: reads the configuration, builds the stages, and hands each what it
 * needs. Exit code 1 when it cannot start, 2 for a wrong option or configuration.
 */
@Command(
    name = "edge-bridge",
    mixinStandardHelpOptions = true,
    subcommands = {SimulateCommand.class, PasswdCommand.class},
    description = "Takes sensors' MQTT messages, keeps them, and sends them to IoT Hub.")
public final class EdgeBridge implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeBridge.class);
  private static final long STOP_SECONDS = 15;
  private static final String PORT_VARIABLE = "BOE_EDGE_MANAGEMENT_PORT";

  @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the settings.")
  private Path configFile;

  /** All settings of this process. */
  record Config(
      BridgeIdentity identity,
      JournalConfig journal,
      IntakeConfig intake,
      DecodeConfig decode,
      MqttConfig mqtt,
      SortedMap<String, SourceConfig> sources,
      UplinkConfig uplink,
      ManagementConfig management) {

    static Config from(Settings settings) {
      settings.data("data/edge");
      return new Config(
          BridgeIdentity.from(settings),
          JournalConfig.from(settings),
          IntakeConfig.from(settings),
          DecodeConfig.from(settings),
          MqttConfig.from(settings),
          SourceConfig.all(settings),
          UplinkConfig.from(settings),
          ManagementConfig.from(settings, 9081));
    }

    /** Sections of the configuration in which another one differs, but for the sources. */
    List<String> changedSections(Config other) {
      return Stream.of(
              identity.equals(other.identity) ? "" : "bridge",
              journal.equals(other.journal) ? "" : "journal",
              intake.equals(other.intake) ? "" : "deadLetters",
              decode.equals(other.decode) ? "" : "decode or mappings",
              mqtt.equals(other.mqtt) ? "" : "mqtt",
              uplink.equals(other.uplink) ? "" : "uplink",
              management.equals(other.management) ? "" : "management")
          .filter(section -> !section.isEmpty())
          .toList();
    }
  }

  /** The one key whose variable would clash with the cloud's on one machine. */
  static Settings settings(Path file, Map<String, String> environment) {
    return Settings.load(file, environment, Map.of("management.port", PORT_VARIABLE));
  }

  public static void main(String[] arguments) {
    int code = new CommandLine(new EdgeBridge()).execute(arguments);
    if (code != 0) {
      System.exit(code);
    }
  }

  @Override
  public Integer call() {
    Config config;
    byte[] content;
    try {
      content = content(configFile);
      config = load();
    } catch (InvalidSettingsException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    try {
      start(config, content);
      return 0; // the event loops keep the process alive
    } catch (Exception e) {
      LOG.error("The bridge cannot start: {}", e.getMessage());
      LOG.debug("The bridge cannot start", e);
      return 1;
    }
  }

  private Config load() {
    Settings settings = settings(configFile, System.getenv());
    Config config = Config.from(settings);
    settings.validate();
    return config;
  }

  /** Read before the settings are, so that no change in between is missed; null for no file. */
  private static byte[] content(Path file) {
    try {
      return file == null ? null : Files.readAllBytes(file);
    } catch (IOException e) {
      return null; // the settings say what is wrong
    }
  }

  private void start(Config config, byte[] content) throws Exception {
    long started = System.nanoTime();
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Clock clock = Clock.systemUTC();
    SigningKey key = SigningKey.loadOrCreate(config.identity().keyFile());
    Journal journal = Journal.open(config.journal(), config.identity(), key, clock, registry);
    Uplink uplink =
        new Uplink(
            config.identity().bridge(), key.publicKey(), config.uplink(), journal, clock, registry);
    List<Decoder> decoders = Decoders.from(config.decode(), config.identity().timeZone(), clock);

    Vertx vertx = Vertx.vertx();
    Intake intake = new Intake(vertx, config.intake(), journal, decoders, clock, registry);
    ManagementEndpoint management = new ManagementEndpoint(vertx, registry);
    // Without the hub the bridge still does its duty, so the uplink does not decide on readiness.
    management.addReadinessCheck("journal", journal::problem);
    management.addStatus("bridge", config.identity()::bridge);
    management.addStatus("journal", journal::journalId);
    management.addStatus("uplink", uplink::status);
    Sources sources =
        new Sources(config.identity().bridge(), config.sources(), intake, clock, registry);
    management.addStatus("sources", sources::status);
    MqttBroker broker = new MqttBroker(config.mqtt(), intake, clock, registry);
    management.addReadinessCheck("mqtt", broker::problem);
    management.addStatus("mqtt", broker::status);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(vertx, intake, journal), "stop"));
    vertx
        .deployVerticle(broker)
        .compose(id -> vertx.deployVerticle(sources))
        .compose(
            id ->
                configFile == null
                    ? Future.succeededFuture()
                    : vertx.deployVerticle(
                        new ConfigurationWatch(configFile, content, () -> follow(config, sources))))
        .compose(id -> vertx.deployVerticle(new UplinkVerticle(uplink)))
        .compose(id -> management.listen(config.management(), PORT_VARIABLE))
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
    LOG.info(
        "Bridge {} is ready after {} ms",
        config.identity().bridge(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
  }

  /** Takes from a changed file what can be changed while the bridge runs. */
  private void follow(Config started, Sources sources) {
    try {
      Config changed = load();
      List<String> sections = started.changedSections(changed);
      if (!sections.isEmpty()) {
        LOG.warn("{}: {} will be as configured after a restart", configFile, sections);
      }
      LOG.info("{} has changed: sources {}", configFile, changed.sources().keySet());
      sources.update(changed.sources());
    } catch (InvalidSettingsException e) {
      LOG.warn("{} is not valid, so nothing changes: {}", configFile, oneLine(e.getMessage()));
    }
  }

  private static String oneLine(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining(" "));
  }

  private static void stop(Vertx vertx, Intake intake, Journal journal) {
    try (journal;
        intake) {
      Future<Void> closed = vertx.close();
      closed.toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      // Nothing acknowledged is at stake: the next start recovers.
      LOG.warn("The bridge did not stop in order: {}", e.toString());
    }
  }
}
