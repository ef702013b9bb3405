package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.Settings;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One user of the MQTT server, {@code mqtt.users.<name>}.
 *
 * @param publish filters of topics that it may publish to; empty: all
 * @param subscribe filters that cover what it may subscribe to; empty: all
 */
public record MqttUser(
    String name, PasswordHash passwordHash, List<String> publish, List<String> subscribe) {

  static SortedMap<String, MqttUser> all(Settings settings) {
    SortedMap<String, MqttUser> users = new TreeMap<>();
    settings
        .named("mqtt.users")
        .forEach((name, object) -> from(name, object).ifPresent(user -> users.put(name, user)));
    return users;
  }

  private static Optional<MqttUser> from(String name, Settings settings) {
    List<String> publish =
        filters(settings, name, "publish", "topics that the user may publish to; all when empty");
    List<String> subscribe =
        filters(
            settings, name, "subscribe", "topics that the user may subscribe to; all when empty");
    Optional<String> hash =
        settings
            .secret("passwordHash", "hash of the user's password, `edge-bridge passwd` makes it")
            .map(secret -> secret.reveal());
    if (hash.isEmpty()) {
      settings.fault("mqtt.users." + name + ".passwordHash must be set");
      return Optional.empty();
    }
    try {
      return Optional.of(new MqttUser(name, PasswordHash.parse(hash.get()), publish, subscribe));
    } catch (IllegalArgumentException e) {
      settings.fault("mqtt.users." + name + ".passwordHash " + e.getMessage());
      return Optional.empty();
    }
  }

  private static List<String> filters(
      Settings settings, String name, String key, String description) {
    List<String> filters = settings.texts(key, "", ".+", description);
    filters.stream()
        .filter(filter -> TopicFilter.parse(filter).isEmpty())
        .forEach(
            filter ->
                settings.fault(
                    "mqtt.users." + name + '.' + key + ' ' + filter + " is no topic filter"));
    return filters;
  }
}
