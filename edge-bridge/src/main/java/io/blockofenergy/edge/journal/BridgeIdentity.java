package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Who this bridge is.
 *
 * @param bridge its device id at the hub, {@code [A-Za-z0-9_-]{1,64}}
 * @param site where it stands, 1 to 128 characters
 * @param timeZone of sensors whose times name no zone
 * @param keyFile its Ed25519 signing key, made at the first start
 */
public record BridgeIdentity(String bridge, String site, ZoneId timeZone, Path keyFile) {

  public static BridgeIdentity from(Settings settings) {
    String bridge =
        settings.text("bridge.id", "edge-bridge", "[A-Za-z0-9_-]{1,64}", "device id at the hub");
    String site = settings.text("bridge.site", "home", "\\S(.{0,127})", "where the bridge stands");
    String zone =
        settings.text("bridge.timeZone", "UTC", "IANA zone of sensor times that name no zone");
    Path keyFile =
        settings.dataPath("bridge.keyFile", "bridge.key", "signing key, made at first start");
    ZoneId timeZone = ZoneOffset.UTC;
    try {
      timeZone = ZoneId.of(zone);
    } catch (DateTimeException e) {
      settings.fault("bridge.timeZone is not an IANA time zone");
    }
    return new BridgeIdentity(bridge, site, timeZone, keyFile);
  }
}
