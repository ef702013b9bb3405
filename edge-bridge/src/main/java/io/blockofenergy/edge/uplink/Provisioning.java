package io.blockofenergy.edge.uplink;

import com.microsoft.azure.sdk.iot.provisioning.device.AdditionalData;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClient;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientRegistrationResult;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientStatus;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientTransportProtocol;
import com.microsoft.azure.sdk.iot.provisioning.device.internal.exceptions.ProvisioningDeviceClientException;
import com.microsoft.azure.sdk.iot.provisioning.device.internal.exceptions.ProvisioningDeviceHubException;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderSymmetricKey;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import org.eclipse.paho.client.mqttv3.MqttSecurityException;

/**
 * Registers the bridge with the Device Provisioning Service, by the key that is derived for it from
 * the enrolment group's, and presents its public key. Blocks for seconds: for a worker thread.
 */
final class Provisioning {
  /** The hub that the bridge is assigned to, and how to get in. */
  record Assignment(String hub, String device, String deviceKey, SSLContext tls) {
    String connectionString() {
      return "HostName=" + hub + ";DeviceId=" + device + ";SharedAccessKey=" + deviceKey;
    }

    /** Without the key. */
    @Override
    public String toString() {
      return device + " at " + hub;
    }
  }

  private static final int TIMEOUT_MILLIS = 30_000;

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
   * @throws RefusedException when the service answered and said no
   * @throws UnavailableException when it could not be asked
   */
  Assignment register() throws InterruptedException {
    SSLContext tls;
    byte[] deviceKey;
    try {
      tls = UplinkTls.context(config.trustFile(), config.port());
      deviceKey = deviceKey();
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + e.getMessage(), e);
    }
    ProvisioningDeviceClient client = null;
    try {
      client =
          ProvisioningDeviceClient.create(
              config.dpsHost(),
              config.idScope(),
              ProvisioningDeviceClientTransportProtocol.MQTT,
              new SecurityProviderSymmetricKey(deviceKey, bridge) {
                @Override
                public SSLContext getSSLContext() {
                  return tls;
                }
              });
      AdditionalData data = new AdditionalData();
      data.setProvisioningPayload("{\"publicKey\":\"" + publicKey + "\"}");
      ProvisioningDeviceClientRegistrationResult result =
          client.registerDeviceSync(data, TIMEOUT_MILLIS);
      if (result.getProvisioningDeviceClientStatus()
          != ProvisioningDeviceClientStatus.PROVISIONING_DEVICE_STATUS_ASSIGNED) {
        throw new RefusedException(
            "provisioning ended as " + result.getProvisioningDeviceClientStatus());
      }
      return new Assignment(
          result.getIothubUri(),
          result.getDeviceId(),
          new String(deviceKey, StandardCharsets.UTF_8),
          tls);
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
                + " does not accept the key of bridge "
                + bridge
                + ": check group key and id scope");
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
