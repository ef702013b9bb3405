package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the local hub listens and what it may hold.
 *
 * @param host address to bind; beyond loopback it stays safe, for every device needs its key
 * @param port TCP port, 0 for any; the device SDK knows only 8883 unless it is redirected
 * @param hostName the name that provisioning tells devices to connect to; in the certificate
 * @param idScope of the provisioning service
 * @param directory of certificate and group key
 * @param deviceCaFile PEM of those who sign devices' certificates; a device that shows one of them
 *     in its own name needs no key
 * @param maxUnacknowledgedMessages of one device; beyond it the device is disconnected
 * @param maxUnacknowledgedBytes topics and bodies of one device, likewise
 * @param maxHeldBytes of all devices together, on their way to the event stream; beyond it the
 *     device that sent last is disconnected
 */
public record HubConfig(
    String host,
    int port,
    String hostName,
    String idScope,
    Path directory,
    Optional<Path> deviceCaFile,
    int maxUnacknowledgedMessages,
    long maxUnacknowledgedBytes,
    long maxHeldBytes) {

  /** Key {@code hub.port} is overridden by {@code BOE_HUB_PORT}, the others likewise. */
  public static HubConfig from(Settings settings) {
    return new HubConfig(
        settings.text("hub.host", "127.0.0.1", "address that the local hub binds"),
        settings.port("hub.port", 8883, "MQTT/TLS port of the local hub"),
        settings.text(
            "hub.hostName",
            "127.0.0.1",
            "(?=.{3,253}$)[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+",
            "name of the local hub as devices reach it; must hold a dot"),
        settings.text("hub.idScope", "0neLocal", "[A-Za-z0-9]{1,64}", "provisioning id scope"),
        settings.dataPath("hub.directory", "hub", "certificate and group key"),
        settings
            .optionalText(
                "hub.deviceCaFile",
                "PEM of those who sign devices' X.509 certificates; none to accept keys only")
            .map(Path::of),
        settings.integer(
            "hub.maxUnacknowledgedMessages", 4_000, 1, 1_000_000, "bound of one device"),
        settings.size(
            "hub.maxUnacknowledgedBytes", "16MiB", 1 << 20, 4L << 30, "bound of one device"),
        settings.size(
            "hub.maxHeldBytes",
            "128MiB",
            1 << 20,
            4L << 30,
            "bound of all devices' unacknowledged messages together"));
  }
}
