package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.net.BindException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in for Azure IoT Hub and its Device Provisioning Service: an MQTT 3.1.1 server over TLS
 * that speaks both device protocols, so that the device SDK connects to it as it comes. A device
 * must present a token signed by the key derived for it from the group's key, or a certificate in
 * its name by a configured authority. A message is acknowledged only when {@link HubEvents} has it
 * durably; when that fails the device is disconnected, for it must send again. Nothing is kept
 * here, so nothing can be lost here.
 *
 * <p>Counts {@code boe.hub.messages} and {@code boe.hub.refused} by reason; {@code boe.hub.devices}
 * are those connected. Used from any thread.
 *
 * @see <a href="https://learn.microsoft.com/azure/iot/iot-mqtt-connect-to-iot-hub">Communicate with
 *     an IoT hub using MQTT</a>
 * @see <a href="https://learn.microsoft.com/azure/iot/iot-mqtt-connect-to-iot-dps">Communicate with
 *     DPS using MQTT</a>
 */
public final class LocalHub {
  /** Why something was refused; the tag of {@code boe.hub.refused}. */
  enum Refusal {
    UNAUTHORIZED,
    EXPIRED,
    MALFORMED,
    TOO_LARGE,
    OVERLOAD,
    ENROLMENT;

    String tag() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(LocalHub.class);

  /** IoT Hub's limit of a device-to-cloud message, properties included. */
  static final int MAX_MESSAGE_BYTES = 256 << 10;

  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
  private static final String ID = "[A-Za-z0-9_-]{1,64}";
  private static final Pattern HUB_USER =
      Pattern.compile("([^/]{1,253})/(" + ID + ")/\\?api-version=.*");
  private static final Pattern DPS_USER =
      Pattern.compile("([^/]{1,64})/registrations/(" + ID + ")/api-version=.*");

  private final Vertx vertx;
  private final HubConfig config;
  private final HubEvents events;
  private final Enrolment enrolment;
  private final MeterRegistry registry;
  private final Clock clock;
  private final Map<String, LocalHubConnection> connections = new ConcurrentHashMap<>();
  private final Map<Refusal, Long> lastWarning = new EnumMap<>(Refusal.class);
  private HubCertificate certificate;
  private MqttServer server;

  public LocalHub(
      Vertx vertx,
      HubConfig config,
      HubEvents events,
      Enrolment enrolment,
      MeterRegistry registry,
      Clock clock) {
    this.vertx = vertx;
    this.config = config;
    this.events = events;
    this.enrolment = enrolment;
    this.registry = registry;
    this.clock = clock;
    registry.gaugeMapSize("boe.hub.devices", Tags.empty(), connections);
  }

  /**
   * Makes certificate and group key when there are none, and listens.
   *
   * @return the port; fails with {@link UnavailableException} naming {@code BOE_HUB_PORT} when it
   *     is taken
   */
  public Future<Integer> start() {
    return vertx
        .executeBlocking(() -> HubCertificate.loadOrCreate(config.directory(), config.hostName()))
        .compose(this::listen)
        .map(
            listening -> {
              LOG.info("local hub on {}:{}", config.host(), listening.actualPort());
              return listening.actualPort();
            });
  }

  /** Disconnects every device and stops listening. */
  public Future<Void> stop() {
    if (server == null) {
      return Future.succeededFuture();
    }
    return server.close();
  }

  private Future<MqttServer> listen(HubCertificate loaded) {
    certificate = loaded;
    MqttServerOptions options =
        new MqttServerOptions()
            .setHost(config.host())
            .setPort(config.port())
            .setSsl(true)
            .setKeyCertOptions(
                new PfxOptions()
                    .setPath(loaded.keyStore().toString())
                    .setPassword(loaded.password()))
            .setMaxMessageSize(MAX_MESSAGE_BYTES);
    config
        .deviceCaFile()
        .ifPresent(
            file -> {
              options.setClientAuth(ClientAuth.REQUEST);
              options.setTrustOptions(new PemTrustOptions().addCertPath(file.toString()));
            });
    server = MqttServer.create(vertx, options);
    server.exceptionHandler(e -> LOG.debug("a connection failed before it was accepted", e));
    server.endpointHandler(this::connect);
    return server
        .listen()
        .recover(
            e -> {
              if (e instanceof BindException || e.getCause() instanceof BindException) {
                return Future.failedFuture(
                    new UnavailableException(
                        "port "
                            + config.port()
                            + " of "
                            + config.host()
                            + " is taken: stop what holds it or set BOE_HUB_PORT"
                            + " (and BOE_UPLINK_PORT for the bridge)",
                        e));
              }
              return Future.failedFuture(e);
            });
  }

  private void connect(MqttEndpoint endpoint) {
    if (endpoint.auth() == null && isCertified(endpoint, endpoint.clientIdentifier())) {
      acceptCertified(endpoint, endpoint.clientIdentifier());
      return;
    }
    String user = endpoint.auth() == null ? null : endpoint.auth().getUsername();
    Matcher hub = HUB_USER.matcher(user == null ? "" : user);
    Matcher dps = DPS_USER.matcher(user == null ? "" : user);
    if (hub.matches()) {
      String id = hub.group(2);
      if (!hub.group(1).equals(config.hostName())) {
        // As at IoT Hub, where a device that was moved is one that its old hub does not know.
        refused(Refusal.UNAUTHORIZED, id, "it asks for hub " + hub.group(1));
        endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED);
      } else if (authorize(endpoint, id, hub.group(1) + "/devices/" + id)) {
        acceptDevice(endpoint, id);
      }
    } else if (dps.matches() && dps.group(1).equals(config.idScope())) {
      String id = dps.group(2);
      if (authorize(endpoint, id, config.idScope() + "/registrations/" + id)) {
        registration(endpoint, id).serve();
        endpoint.accept(false);
      }
    } else {
      refused(Refusal.MALFORMED, "unknown", "the user name is neither a hub's nor this scope's");
      endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED);
    }
  }

  private boolean authorize(MqttEndpoint endpoint, String id, String resource) {
    Refusal refusal = Refusal.UNAUTHORIZED;
    String detail = null;
    try {
      SasToken token = SasToken.parse(endpoint.auth().getPassword());
      byte[] key = SasToken.deriveKey(certificate.groupKey(), id);
      if (!token.isSignedBy(key)) {
        detail = "its token is not signed by its key";
      } else if (!token.resource().equals(resource) || !endpoint.clientIdentifier().equals(id)) {
        detail = "its token is for another resource";
      } else if (token.isExpired(clock.instant())) {
        refusal = Refusal.EXPIRED;
        detail = "its token has expired";
      }
    } catch (MalformedReadingException e) {
      refusal = Refusal.MALFORMED;
      detail = e.getMessage();
    }
    if (detail == null) {
      return true;
    }
    refused(refusal, id, detail);
    endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED);
    return false;
  }

  /** Whether TLS has verified a certificate whose common name is the device's id. */
  private static boolean isCertified(MqttEndpoint endpoint, String id) {
    if (!id.matches(ID)) {
      return false;
    }
    try {
      X509Certificate certificate =
          (X509Certificate) endpoint.sslSession().getPeerCertificates()[0];
      return new LdapName(certificate.getSubjectX500Principal().getName())
          .getRdns().stream()
              .anyMatch(
                  part -> part.getType().equalsIgnoreCase("CN") && id.equals(part.getValue()));
    } catch (SSLPeerUnverifiedException | InvalidNameException e) {
      return false;
    }
  }

  /**
   * The server forgets the user name of a device that shows no password. So the first subscription
   * tells which of the two services one with a certificate has come for.
   */
  private void acceptCertified(MqttEndpoint endpoint, String id) {
    endpoint.subscribeHandler(
        first -> {
          if (first.topicSubscriptions().stream()
              .anyMatch(topic -> topic.topicName().startsWith("$dps/"))) {
            DpsRegistration registration = registration(endpoint, id);
            registration.serve();
            registration.subscribed(first);
          } else {
            LocalHubConnection connection = connection(endpoint, id);
            connection.serve();
            connection.subscribed(first);
          }
        });
    endpoint.accept(false);
  }

  private DpsRegistration registration(MqttEndpoint endpoint, String id) {
    return new DpsRegistration(vertx, endpoint, id, config.hostName(), enrolment, this::refused);
  }

  private void acceptDevice(MqttEndpoint endpoint, String deviceId) {
    connection(endpoint, deviceId).serve();
    endpoint.accept(false);
  }

  private LocalHubConnection connection(MqttEndpoint endpoint, String deviceId) {
    LocalHubConnection connection =
        new LocalHubConnection(
            vertx.getOrCreateContext(),
            endpoint,
            deviceId,
            config,
            events,
            registry,
            this::refused);
    endpoint.closeHandler(
        closed -> {
          connection.closed();
          connections.remove(deviceId, connection);
        });
    // As at IoT Hub, the newest connection of a device wins.
    LocalHubConnection before = connections.put(deviceId, connection);
    if (before != null) {
      before.close();
    }
    return connection;
  }

  /** Counts, and warns at most once a minute for each reason: a device must not flood the log. */
  private void refused(Refusal refusal, String deviceId, String detail) {
    registry.counter("boe.hub.refused", "reason", refusal.tag()).increment();
    long now = clock.millis();
    boolean warn;
    synchronized (lastWarning) {
      Long last = lastWarning.get(refusal);
      warn = last == null || now - last >= WARNING_INTERVAL.toMillis();
      if (warn) {
        lastWarning.put(refusal, now);
      }
    }
    if (warn) {
      LOG.warn("refused device {} ({}): {}", deviceId, refusal.tag(), detail);
    } else {
      LOG.debug("refused device {} ({}): {}", deviceId, refusal.tag(), detail);
    }
  }

  /** What a connection tells of what it refused. */
  interface Refused {
    void refused(Refusal refusal, String deviceId, String detail);
  }
}
