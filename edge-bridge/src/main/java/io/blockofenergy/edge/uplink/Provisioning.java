package io.blockofenergy.edge.uplink;

import com.microsoft.azure.sdk.iot.provisioning.device.AdditionalData;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClient;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientRegistrationResult;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientStatus;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientTransportProtocol;
import com.microsoft.azure.sdk.iot.provisioning.device.internal.exceptions.ProvisioningDeviceClientException;
import com.microsoft.azure.sdk.iot.provisioning.device.internal.exceptions.ProvisioningDeviceHubException;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProvider;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderSymmetricKey;
import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.eclipse.paho.client.mqttv3.MqttSecurityException;

/**
 * Registers the bridge with the Device Provisioning Service, by its certificate, or by the key that
 * is derived for it from the enrolment group's, and presents its public key. Blocks for seconds:
 * for a worker thread.
 */
final class Provisioning {
  /**
   * The hub that the bridge is assigned to, and how to get in.
   *
   * @param deviceKey base64; empty when the bridge has a certificate, which {@code tls} then holds
   */
  record Assignment(String hub, String device, Optional<Secret> deviceKey, SSLContext tls) {
    /** As the device client takes it; holds the key. */
    String connectionString() {
      return "HostName="
          + hub
          + ";DeviceId="
          + device
          + deviceKey.map(key -> ";SharedAccessKey=" + key.reveal()).orElse(";x509=true");
    }

    @Override
    public String toString() {
      return device + " at " + hub;
    }
  }

  private static final int GRACE_SECONDS = 2;

  private final String bridge;
  private final String publicKey;
  private final UplinkConfig config;

  /**
   * @param publicKey base64 of its 32 bytes
   */
  Provisioning(String bridge, String publicKey, UplinkConfig config) {
    this.bridge = bridge;
    this.publicKey = publicKey;
    this.config = config;
  }

  /**
   * Registers.
   *
   * @param wires cut by another thread when it takes too long
   * @throws RefusedException when the service answered and said no
   * @throws UnavailableException when it could not be asked
   */
  Assignment register(Wires wires) throws InterruptedException {
    SSLContext tls;
    Optional<Secret> deviceKey = Optional.empty();
    SecurityProvider security;
    try {
      Optional<DeviceCertificate> certificate = certificate();
      tls = UplinkTls.context(config.trustFile(), certificate);
      SSLContext wired = wires.context(tls, config.port());
      if (certificate.isPresent()) {
        security = certificate.get().securityProvider(bridge, wired);
      } else {
        byte[] key = deviceKey();
        deviceKey = Optional.of(new Secret(new String(key, StandardCharsets.UTF_8)));
        security =
            new SecurityProviderSymmetricKey(key, bridge) {
              @Override
              public SSLContext getSSLContext() {
                return wired;
              }
            };
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + e.getMessage(), e);
    }
    ProvisioningDeviceClientRegistrationResult result = register(security);
    if (result.getProvisioningDeviceClientStatus()
        != ProvisioningDeviceClientStatus.PROVISIONING_DEVICE_STATUS_ASSIGNED) {
      throw new RefusedException(
          "provisioning ended as " + result.getProvisioningDeviceClientStatus());
    }
    return new Assignment(result.getIothubUri(), result.getDeviceId(), deviceKey, tls);
  }

  private Optional<DeviceCertificate> certificate() throws IOException {
    if (config.certificateFile().isEmpty()) {
      return Optional.empty();
    }
    DeviceCertificate certificate =
        DeviceCertificate.load(config.certificateFile().get(), config.keyFile().orElseThrow());
    if (!certificate.commonName().equals(bridge)) {
      throw new RefusedException(
          "the certificate names "
              + certificate.commonName()
              + ", but this is bridge "
              + bridge
              + ": they must be the same");
    }
    return Optional.of(certificate);
  }

  private ProvisioningDeviceClientRegistrationResult register(SecurityProvider security)
      throws InterruptedException {
    ProvisioningDeviceClient client = null;
    try {
      client =
          ProvisioningDeviceClient.create(
              config.dpsHost(),
              config.idScope(),
              ProvisioningDeviceClientTransportProtocol.MQTT,
              security);
      AdditionalData data = new AdditionalData();
      data.setProvisioningPayload("{\"publicKey\":\"" + publicKey + "\"}");
      // The wires are cut before this is over; some of its waiting is on none.
      int seconds = (int) config.connectTimeout().toSeconds() + GRACE_SECONDS;
      return client.registerDeviceSync(data, seconds);
    } catch (ProvisioningDeviceClientException e) {
      throw explain(e);
    } finally {
      if (client != null) {
        client.close();
      }
    }
  }

  private RuntimeException explain(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProvisioningDeviceHubException) {
        return new RefusedException(
            "provisioning refused bridge " + bridge + ": " + cause.getMessage());
      }
      if (cause instanceof MqttSecurityException) {
        return new RefusedException(
            "provisioning at "
                + config.dpsHost()
                + " does not accept the "
                + (config.certificateFile().isPresent() ? "certificate" : "key")
                + " of bridge "
                + bridge
                + (config.certificateFile().isPresent()
                    ? ": check who has signed it, and id scope"
                    : ": check group key and id scope"));
      }
    }
    return new UnavailableException(
        "no provisioning at "
            + config.dpsHost()
            + ':'
            + config.port()
            + ": "
            + Uplink.rootMessage(e),
        e);
  }

  private byte[] deviceKey() throws IOException {
    String groupKey =
        config.groupKey().isPresent()
            ? config.groupKey().get().reveal()
            : Files.readString(config.groupKeyFile()).strip();
    try {
      Base64.getDecoder().decode(groupKey);
      return SecurityProviderSymmetricKey.ComputeDerivedSymmetricKey(
          groupKey.getBytes(StandardCharsets.UTF_8), bridge);
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      // Neither the cause nor its text: they could hold the key.
      throw new IOException("the group key: it is not base64");
    }
  }
}
