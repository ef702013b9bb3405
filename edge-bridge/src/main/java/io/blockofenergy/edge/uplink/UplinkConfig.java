package io.blockofenergy.edge.uplink;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the bridge reaches its hub. The defaults reach the local hub that a cloud process in the same
 * working directory has started.
 *
 * @param dpsHost host of the provisioning service; holds a dot
 * @param idScope of the provisioning service
 * @param groupKey base64 key of the enrolment group; wins over the file
 * @param groupKeyFile file that holds it; read at each registration, so it may appear later
 * @param certificateFile PEM of the bridge's certificate and those between it and the hub's; with
 *     it the group key is not asked for. Read at each registration, like the key
 * @param keyFile PEM of the certificate's private key
 * @param trustFile PEM of the certificates to trust, empty for the Java platform's own; may appear
 *     later
 * @param port of provisioning and hub; any but 8883 is for the local hub
 * @param windowBatches batches sent and not acknowledged, at most
 * @param windowBytes bodies of batches sent and not acknowledged, at most; one batch may always go
 * @param backlogRate readings a second that an outage has left, at most: the cloud takes what comes
 *     in its order, so what is measured now would wait there behind all of it; 0 for no bound
 * @param connectTimeout how long a registration or connection may take
 * @param watchdog the connection is replaced when nothing was acknowledged for this long
 * @param backoffMax pause between attempts, at most; while the hub cannot be reached they are
 *     seconds apart
 * @param keepAlive MQTT keep-alive; how long a silent loss of an idle connection goes unnoticed
 */
public record UplinkConfig(
    String dpsHost,
    String idScope,
    Optional<Secret> groupKey,
    Path groupKeyFile,
    Optional<Path> certificateFile,
    Optional<Path> keyFile,
    Optional<Path> trustFile,
    int port,
    int windowBatches,
    long windowBytes,
    int backlogRate,
    Duration connectTimeout,
    Duration watchdog,
    Duration backoffMax,
    Duration keepAlive) {

  /** The port of MQTT over TLS, the only one that the SDK knows. */
  public static final int MQTT_PORT = 8883;

  private static final String SYSTEM_TRUST = "system";

  /** Key {@code uplink.dpsHost} is overridden by {@code BOE_UPLINK_DPS_HOST}, and so on. */
  public static UplinkConfig from(Settings settings) {
    String trust =
        settings.text(
            "uplink.trustFile",
            "data/cloud/hub/ca.pem",
            "PEM certificates to trust, or 'system' for the Java platform's (Azure)");
    Optional<Path> certificateFile =
        settings
            .optionalText(
                "uplink.certificateFile",
                "PEM of the bridge's X.509 certificate, which is then used instead of the group key")
            .map(Path::of);
    Optional<Path> keyFile =
        settings
            .optionalText("uplink.keyFile", "PEM of the certificate's private key (PKCS 8)")
            .map(Path::of);
    if (certificateFile.isPresent() != keyFile.isPresent()) {
      settings.fault("uplink.certificateFile and uplink.keyFile must be set together");
    }
    return new UplinkConfig(
        settings.text(
            "uplink.dpsHost",
            "127.0.0.1",
            "[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+",
            "provisioning host, global.azure-devices-provisioning.net for Azure"),
        settings.text("uplink.idScope", "0neLocal", "[A-Za-z0-9]{1,64}", "DPS id scope"),
        settings.secret("uplink.groupKey", "base64 key of the DPS enrolment group"),
        settings.path(
            "uplink.groupKeyFile", "data/cloud/hub/group.key", "file that holds the group key"),
        certificateFile,
        keyFile,
        trust.equals(SYSTEM_TRUST) ? Optional.empty() : Optional.of(Path.of(trust)),
        settings.integer("uplink.port", MQTT_PORT, 1, 65_535, "MQTT/TLS port of DPS and hub"),
        settings.integer("uplink.windowBatches", 200, 2, 2_000, "unacknowledged batches"),
        settings.size("uplink.windowBytes", "8MiB", 1, 1L << 30, "unacknowledged bytes"),
        settings.integer(
            "uplink.backlogRate",
            4_000,
            0,
            1_000_000,
            "readings a second that an outage has left, beside what is measured now; 0 for no bound"),
        settings.duration(
            "uplink.connectTimeout",
            "30s",
            Duration.ofSeconds(1),
            Duration.ofMinutes(10),
            "how long a registration or connection may take"),
        settings.duration(
            "uplink.watchdog",
            "30s",
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            "reconnect when nothing was acknowledged for this long"),
        settings.duration(
            "uplink.backoffMax",
            "1m",
            Duration.ofMillis(100),
            Duration.ofHours(1),
            "longest pause before the next attempt"),
        settings.duration(
            "uplink.keepAlive",
            "60s",
            Duration.ofSeconds(10),
            Duration.ofSeconds(1177),
            "MQTT keep-alive, whole seconds"));
  }
}
