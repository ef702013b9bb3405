package io.blockofenergy.edge.uplink;

import com.microsoft.azure.sdk.iot.device.ClientOptions;
import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubConnectionStatusChangeReason;
import com.microsoft.azure.sdk.iot.device.IotHubStatusCode;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.transport.IotHubConnectionStatus;
import com.microsoft.azure.sdk.iot.device.transport.NoRetry;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.UnavailableException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the hub, from open to its first fault. The SDK's own reconnecting is switched
 * off: it gives up for good on some faults (a refused CONNECT, a connection closed during the TLS
 * handshake) and keeps its callers' messages through others, so there would be two ways to recover.
 * Here there is one: a new session, and everything unacknowledged sent again.
 *
 * <p>Opening, sending and closing are for one worker thread. The events come on the SDK's threads,
 * which they must not block, and may come twice.
 */
final class HubSession implements AutoCloseable {
  /** What happens to a session. */
  interface Events {
    void acknowledged(HubSession session, String batchId);

    /**
     * The session is of no more use; what is not acknowledged may or may not have arrived.
     *
     * @param reason as {@link #open} would throw it
     */
    void failed(HubSession session, RuntimeException reason);
  }

  /** The SDK's default of 10 messages every 10 ms bounds it to less than a thousand a second. */
  private static final int SEND_INTERVAL_MILLIS = 10;

  private static final int NOTICE_SECONDS = 2;
  private static final Logger LOG = LoggerFactory.getLogger(HubSession.class);

  private final DeviceClient client;
  private final Wires wires;
  private final Events events;
  private final CountDownLatch lost = new CountDownLatch(1);
  private volatile boolean aborted;

  private HubSession(DeviceClient client, Wires wires, Events events) {
    this.client = client;
    this.wires = wires;
    this.events = events;
  }

  /**
   * Connects.
   *
   * @param wires the session's from now on; cut by another thread when this takes too long
   * @throws RefusedException when the hub does not accept the device, or does not know it any more
   * @throws ThrottledException when it is too busy
   * @throws UnavailableException when it cannot be reached
   */
  static HubSession open(
      Provisioning.Assignment assignment, UplinkConfig config, Wires wires, Events events) {
    DeviceClient client =
        new DeviceClient(
            assignment.connectionString(),
            IotHubClientProtocol.MQTT,
            ClientOptions.builder()
                .sslContext(wires.context(assignment.tls(), config.port()))
                .keepAliveInterval((int) config.keepAlive().toSeconds())
                .sendInterval(SEND_INTERVAL_MILLIS)
                .messagesSentPerSendInterval(config.windowBatches())
                .build());
    client.setRetryPolicy(new NoRetry());
    HubSession session = new HubSession(client, wires, events);
    client.setConnectionStatusChangeCallback(
        change -> {
          if (change.getNewStatus() != IotHubConnectionStatus.CONNECTED) {
            session.lost.countDown();
            events.failed(session, lost(change.getNewStatusReason()));
          }
        },
        null);
    try {
      client.open(false);
      return session;
    } catch (IotHubClientException | RuntimeException e) {
      wires.cut();
      client.close();
      IotHubStatusCode code =
          e instanceof IotHubClientException hub ? hub.getStatusCode() : IotHubStatusCode.ERROR;
      throw explain(
          code,
          "no hub at " + assignment.hub() + ':' + config.port() + ": " + Uplink.rootMessage(e));
    }
  }

  private static RuntimeException lost(IotHubConnectionStatusChangeReason reason) {
    return reason == IotHubConnectionStatusChangeReason.BAD_CREDENTIAL
        ? explain(IotHubStatusCode.UNAUTHORIZED, "")
        : new UnavailableException("connection lost: " + reason);
  }

  /** What the hub's answer asks for; {@code otherwise} says what happened when it gave none. */
  private static RuntimeException explain(IotHubStatusCode code, String otherwise) {
    return switch (code) {
      case UNAUTHORIZED, NOT_FOUND ->
          new RefusedException("the hub does not accept the bridge, or does not know it any more");
      case THROTTLED, QUOTA_EXCEEDED, SERVER_BUSY ->
          new ThrottledException("the hub asks for less: " + code);
      default -> new UnavailableException(otherwise);
    };
  }

  /** Hands a batch to the SDK; exactly the same message for the same batch, always. */
  void send(Batch batch) {
    Message message = new Message(batch.body());
    message.setMessageId(batch.id());
    message.setContentType(Batch.CONTENT_TYPE);
    message.setContentEncoding(Batch.CONTENT_ENCODING);
    batch.applicationProperties().forEach(message::setProperty);
    client.sendEventAsync(
        message,
        (sent, error, context) -> {
          if (error == null) {
            events.acknowledged(this, (String) context);
          } else {
            IotHubStatusCode code = error.getStatusCode();
            events.failed(this, explain(code, "the hub did not take a batch: " + code));
          }
        },
        batch.id());
  }

  /** Ends it without waiting for the hub; it is still to be closed. */
  void abort() {
    aborted = true;
    wires.cut();
  }

  /**
   * Blocks until the hub has been told, which on a silent wire takes a minute and more. After
   * {@link #abort} nobody is told: then the SDK is given the time to notice, because one that is
   * told to close before waits half a minute for acknowledgements that cannot come.
   */
  @Override
  public void close() {
    try {
      if (aborted && !lost.await(NOTICE_SECONDS, TimeUnit.SECONDS)) {
        LOG.debug("the device SDK has not noticed that its wire was cut");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
