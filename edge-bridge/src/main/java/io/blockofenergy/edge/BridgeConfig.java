package io.blockofenergy.edge;

import io.blockofenergy.edge.backfill.BackfillConfig;
import io.blockofenergy.edge.decode.DecodeConfig;
import io.blockofenergy.edge.homeassistant.HomeAssistantConfig;
import io.blockofenergy.edge.intake.IntakeConfig;
import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.edge.mqtt.MqttConfig;
import io.blockofenergy.edge.source.SourceConfig;
import io.blockofenergy.edge.uplink.UplinkConfig;
import io.blockofenergy.edge.witness.WitnessConfig;
import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.ManagementConfig;
import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;

/** All settings of the bridge's process. */
record BridgeConfig(
    BridgeIdentity identity,
    JournalConfig journal,
    IntakeConfig intake,
    DecodeConfig decode,
    MqttConfig mqtt,
    SortedMap<String, SourceConfig> sources,
    HomeAssistantConfig homeAssistant,
    BackfillConfig backfill,
    UplinkConfig uplink,
    WitnessConfig witness,
    ManagementConfig management) {

  /** The one key whose variable would clash with the cloud's on one machine. */
  static final String MANAGEMENT_PORT_VARIABLE = "BOE_EDGE_MANAGEMENT_PORT";

  /**
   * Reads a file and the environment, which wins.
   *
   * @param file null for none
   * @throws InvalidSettingsException with all faults
   */
  static BridgeConfig load(Path file, Map<String, String> environment) {
    Settings settings = settings(file, environment);
    BridgeConfig config = from(settings);
    settings.validate();
    return config;
  }

  static Settings settings(Path file, Map<String, String> environment) {
    return Settings.load(file, environment, Map.of("management.port", MANAGEMENT_PORT_VARIABLE));
  }

  static BridgeConfig from(Settings settings) {
    settings.data("data/edge");
    BridgeIdentity identity = BridgeIdentity.from(settings);
    BridgeConfig config =
        new BridgeConfig(
            identity,
            JournalConfig.from(settings),
            IntakeConfig.from(settings),
            DecodeConfig.from(settings),
            MqttConfig.from(settings),
            SourceConfig.all(settings),
            HomeAssistantConfig.from(settings),
            BackfillConfig.from(settings),
            UplinkConfig.from(settings),
            WitnessConfig.from(settings, identity.bridge()),
            ManagementConfig.from(settings, 9081));
    if (config.mqtt().maxUnacknowledgedBytesOfAll() >= config.journal().maxWaitingBytes()) {
      // Else the journal would refuse what clients may send, and they would lose the connection.
      settings.fault("mqtt.maxUnacknowledgedBytesOfAll must be below journal.maxWaitingBytes");
    }
    return config;
  }

  /** Sections of the configuration in which another one differs, but for the sources. */
  List<String> changedSections(BridgeConfig other) {
    return Stream.of(
            identity.equals(other.identity) ? "" : "bridge",
            journal.equals(other.journal) ? "" : "journal",
            intake.equals(other.intake) ? "" : "deadLetters",
            decode.equals(other.decode) ? "" : "decode or mappings",
            mqtt.equals(other.mqtt) ? "" : "mqtt",
            homeAssistant.equals(other.homeAssistant) ? "" : "homeAssistant",
            backfill.equals(other.backfill) ? "" : "backfill",
            uplink.equals(other.uplink) ? "" : "uplink",
            witness.equals(other.witness) ? "" : "witness",
            management.equals(other.management) ? "" : "management")
        .filter(section -> !section.isEmpty())
        .toList();
  }
}
