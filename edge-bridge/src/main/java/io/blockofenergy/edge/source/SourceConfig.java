package io.blockofenergy.edge.source;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One external broker, {@code sources.<name>}.
 *
 * @param name the tag {@code source} of its metrics
 * @param authorities PEM certificates to trust; absent: the Java platform's
 * @param topics filters to subscribe to
 * @param clientId by which the broker knows the session; absent: {@link #clientId(String)}
 * @param maxMessageBytes largest message that is read
 * @param keepAlive longest silence towards the broker, whole seconds
 */
public record SourceConfig(
    String name,
    String host,
    int port,
    boolean tls,
    Optional<String> user,
    Optional<Secret> password,
    Optional<String> authorities,
    List<String> topics,
    Optional<String> clientId,
    int maxMessageBytes,
    Duration keepAlive) {

  private static final String KEY = "sources";
  private static final String DEFAULT_TOPICS =
      "tele/#,stat/+/STATUS10,shellies/#,+/status/#,+/events/rpc,zigbee2mqtt/+";
  private static final Pattern URI =
      Pattern.compile("(mqtts?)://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?/?");

  /** What the intake calls the bridge's own server. */
  private static final String OWN_SERVER = "mqtt";

  /** All sources by name. Reads the files that they name. */
  public static SortedMap<String, SourceConfig> all(Settings settings) {
    SortedMap<String, SourceConfig> sources = new TreeMap<>();
    settings.named(KEY).forEach((name, object) -> sources.put(name, from(name, object)));
    Map<List<Object>, String> sessions = new HashMap<>();
    for (SourceConfig source : sources.values()) {
      if (source.name().equals(OWN_SERVER)) {
        settings.fault(KEY + ".mqtt: the name is taken by the bridge's own server");
      }
      String other =
          source.clientId().isPresent()
              ? sessions.put(
                  List.of(source.host(), source.port(), source.clientId()), source.name())
              : null;
      if (other != null) {
        settings.fault(
            "sources " + other + " and " + source.name() + " have the same broker and clientId");
      }
    }
    return sources;
  }

  private static SourceConfig from(String name, Settings settings) {
    Matcher uri =
        URI.matcher(
            settings
                .optionalText("uri", "broker, `mqtt://host:port` or, with TLS, `mqtts://host:port`")
                .orElse(""));
    if (!uri.matches()) {
      fault(settings, name, "uri", "must be set, as mqtt://host:port or mqtts://host:port");
    }
    boolean tls = uri.matches() && uri.group(1).equals("mqtts");
    int port = tls ? 8883 : 1883;
    if (uri.matches() && uri.group(3) != null) {
      port = Integer.parseInt(uri.group(3));
      if (port < 1 || port > 65_535) {
        fault(settings, name, "uri", "must have a port from 1 to 65535");
      }
    }
    Optional<String> user = settings.optionalText("user", "user at the broker");
    Optional<Secret> password = password(name, settings);
    if (password.isPresent() && user.isEmpty()) {
      fault(settings, name, "password", "needs a user");
    }
    Optional<String> authorities = authorities(name, settings);
    if (authorities.isPresent() && !tls) {
      fault(settings, name, "caFile", "is for mqtts://");
    }
    List<String> topics =
        settings.texts("topics", DEFAULT_TOPICS, ".+", "topic filters to subscribe to");
    topics.stream()
        .filter(topic -> !TopicFilters.isFilter(topic))
        .forEach(topic -> fault(settings, name, "topics", topic + " is no topic filter"));
    if (topics.isEmpty()) {
      fault(settings, name, "topics", "must not be empty");
    }
    return new SourceConfig(
        name,
        uri.matches() ? uri.group(2).replaceAll("[\\[\\]]", "") : "",
        port,
        tls,
        user,
        password,
        authorities,
        topics,
        Optional.ofNullable(
            settings.text(
                "clientId",
                null,
                "\\S{1,256}",
                "name of the session at the broker; `<bridge.id>.<name>` when absent")),
        (int)
            settings.size(
                "maxMessageBytes", "256KiB", 1024, 16 << 20, "largest message that is read"),
        settings.duration(
            "keepAlive",
            "10s",
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            "MQTT keep-alive, whole seconds"));
  }

  private static Optional<Secret> password(String name, Settings settings) {
    Optional<Secret> password = settings.secret("password", "password at the broker");
    Optional<String> file = settings.optionalText("passwordFile", "file that holds the password");
    if (file.isEmpty()) {
      return password;
    }
    if (password.isPresent()) {
      fault(settings, name, "passwordFile", "and password exclude each other");
    }
    try {
      return Optional.of(new Secret(Files.readString(Path.of(file.get())).strip()));
    } catch (IOException | IllegalArgumentException e) {
      fault(settings, name, "passwordFile", "cannot be read, or is empty");
      return Optional.empty();
    }
  }

  private static Optional<String> authorities(String name, Settings settings) {
    Optional<String> file =
        settings.optionalText(
            "caFile", "PEM certificates to trust; the Java platform's when absent");
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      String pem = Files.readString(Path.of(file.get()));
      byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
      if (CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(bytes))
          .isEmpty()) {
        fault(settings, name, "caFile", "holds no certificate");
      }
      return Optional.of(pem);
    } catch (IOException | IllegalArgumentException e) {
      fault(settings, name, "caFile", "cannot be read");
    } catch (CertificateException e) {
      fault(settings, name, "caFile", "holds something that is no certificate");
    }
    return Optional.empty();
  }

  private static void fault(Settings settings, String name, String key, String what) {
    settings.fault(KEY + '.' + name + '.' + key + ' ' + what);
  }

  /**
   * The id of the session at the broker. The dot stands in neither name, so that no two bridges'
   * sources have the same.
   */
  String clientId(String bridge) {
    return clientId.orElse(bridge + '.' + name);
  }

  /** Whether the broker sees the same session. */
  boolean hasSessionOf(SourceConfig other, String bridge) {
    return host.equalsIgnoreCase(other.host)
        && port == other.port
        && clientId(bridge).equals(other.clientId(bridge));
  }

  /** Where the broker is. */
  String uri() {
    return (tls ? "mqtts://" : "mqtt://")
        + (host.contains(":") ? '[' + host + ']' : host)
        + ':'
        + port;
  }
}
