package io.blockofenergy.cloud;

import io.blockofenergy.cloud.api.ApiConfig;
import io.blockofenergy.cloud.audit.AuditConfig;
import io.blockofenergy.cloud.audit.alert.AlertConfig;
import io.blockofenergy.cloud.delivery.MailServer;
import io.blockofenergy.cloud.ingestion.IngestionConfig;
import io.blockofenergy.cloud.ledger.ChainConfig;
import io.blockofenergy.cloud.ledger.LedgerConfig;
import io.blockofenergy.cloud.ledger.WitnessConfig;
import io.blockofenergy.cloud.local.HubConfig;
import io.blockofenergy.cloud.local.LocalBrokerConfig;
import io.blockofenergy.cloud.report.ReportConfig;
import io.blockofenergy.cloud.report.forecast.ForecastConfig;
import io.blockofenergy.cloud.report.pack.PackConfig;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.StorageConfig;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.telemetry.ManagementConfig;
import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * All settings of the cloud's process.
 *
 * @param data directory of everything that is kept
 * @param roles which parts run in this process
 * @param localHub whether the stand-in for IoT Hub and DPS runs here
 * @param localBroker whether the AMQP broker runs here
 * @param localChain whether the EVM node runs here
 * @param rpcUrl the chain's JSON-RPC address; empty for the local one
 * @param chainPort port of the local chain
 * @param chain how the chain is used, local or not
 */
record CloudConfig(
    Path data,
    Set<Role> roles,
    boolean localHub,
    boolean localBroker,
    boolean localChain,
    String rpcUrl,
    int chainPort,
    ChainConfig chain,
    HubConfig hub,
    LocalBrokerConfig broker,
    AmqpConfig amqp,
    MongoConfig mongo,
    IngestionConfig ingestion,
    StorageConfig storage,
    LedgerConfig ledger,
    List<WitnessConfig> witnesses,
    AuditConfig audit,
    AlertConfig alerts,
    PackConfig packs,
    ReportConfig report,
    ForecastConfig forecast,
    ApiConfig api,
    ManagementConfig management) {

  static CloudConfig from(Settings settings) {
    Optional<MailServer> mail = MailServer.from(settings);
    AlertConfig alerts = AlertConfig.from(settings, mail);
    Path data = settings.data("data/cloud");
    String rpcUrl =
        settings.text(
            "chain.rpcUrl",
            "",
            "(https?://.{1,500})?",
            "JSON-RPC address of the chain; none for the embedded one");
    return new CloudConfig(
        data,
        roles(settings),
        settings.flag("local.hub", true, "whether the stand-in for IoT Hub and DPS runs"),
        settings.flag("local.broker", true, "whether the embedded AMQP broker runs"),
        rpcUrl.isEmpty(),
        rpcUrl,
        settings.port("chain.port", 8545, "port of the embedded chain"),
        ChainConfig.from(settings),
        HubConfig.from(settings),
        LocalBrokerConfig.from(settings),
        AmqpConfig.from(settings),
        MongoConfig.from(settings),
        IngestionConfig.from(settings),
        StorageConfig.from(settings),
        LedgerConfig.from(settings),
        WitnessConfig.all(settings),
        AuditConfig.from(settings),
        alerts,
        PackConfig.from(settings, mail, !alerts.receivers().isEmpty()),
        ReportConfig.from(settings),
        ForecastConfig.from(settings),
        ApiConfig.from(settings),
        ManagementConfig.from(settings, 9080));
  }

  private static Set<Role> roles(Settings settings) {
    String names =
        settings.text(
            "roles",
            "ingestion,storage,ledger,audit,api,packs",
            "parts that run in this process, separated by commas");
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String name : names.split(",", -1)) {
      try {
        roles.add(Role.valueOf(name.strip().toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        settings.fault("roles: there is no role \"" + name.strip() + "\"");
      }
    }
    return roles;
  }
}
