package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How to reach the document store. Immutable.
 *
 * @param uri MongoDB connection string, password included; empty for the embedded server
 * @param database name of the database
 * @param port of the embedded server, on loopback; 0 lets the system choose
 */
public record MongoConfig(Optional<Secret> uri, String database, int port) {
  private static final int TIMEOUT_MILLISECONDS = 5_000;
  private static final int ANSWER_MILLISECONDS = 120_000;

  /**
   * What must be so, and is put into the connection string where it says nothing: what was
   * acknowledged survives the loss of a member, and what is read is not behind it. The log would
   * sign two histories otherwise.
   */
  private static final Map<String, String> DURABLE =
      new TreeMap<>(Map.of("w", "majority", "journal", "true", "readPreference", "primary"));

  public static MongoConfig from(Settings s) {
    Optional<Secret> uri =
        s.secret(
            "mongo.uri",
            "MongoDB connection string; none for the embedded server. `w=majority`,"
                + " `journal=true` and `readPreference=primary` are added, others refused");
    uri.ifPresent(
        given ->
            weaker(given.reveal())
                .forEach(
                    option ->
                        s.fault(
                            "mongo.uri: "
                                + option
                                + " must be "
                                + DURABLE.get(option)
                                + " or be left out")));
    return new MongoConfig(
        uri,
        s.text("mongo.database", "energy", "[A-Za-z0-9_-]{1,63}", "name of the database"),
        s.port("mongo.port", 27017, "port of the embedded MongoDB server"));
  }

  /** Whether the embedded server is to be started. */
  public boolean isEmbedded() {
    return uri.isEmpty();
  }

  /** The same with the port that the embedded server got. */
  public MongoConfig withPort(int actual) {
    return new MongoConfig(uri, database, actual);
  }

  /** The options of a connection string that are not as they must be. */
  private static Set<String> weaker(String uri) {
    Set<String> weaker = new TreeSet<>();
    options(uri)
        .forEach(
            option -> {
              String required = DURABLE.get(option.name());
              if (required != null && !required.equals(option.value())) {
                weaker.add(option.name());
              }
            });
    return weaker;
  }

  private record Option(String name, String value) {}

  /** Those of {@link #DURABLE} by the name that they have there, whatever their case. */
  private static List<Option> options(String uri) {
    int query = uri.indexOf('?');
    return query < 0
        ? List.of()
        : Arrays.stream(uri.substring(query + 1).split("[&;]"))
            .map(option -> option.split("=", 2))
            .map(
                parts ->
                    new Option(
                        DURABLE.keySet().stream()
                            .filter(parts[0]::equalsIgnoreCase)
                            .findFirst()
                            .orElse(parts[0]),
                        parts.length < 2
                            ? ""
                            : URLDecoder.decode(parts[1], StandardCharsets.UTF_8)))
            .toList();
  }

  private static String durable(String uri) {
    Set<String> given = options(uri).stream().map(Option::name).collect(Collectors.toSet());
    StringBuilder whole = new StringBuilder(uri);
    if (uri.indexOf('?') < 0) {
      int hosts = uri.indexOf("://") + 3;
      whole.append(uri.indexOf('/', hosts) < 0 ? "/?" : "?");
    }
    DURABLE.forEach(
        (name, value) -> {
          if (!given.contains(name)) {
            boolean first = whole.charAt(whole.length() - 1) == '?';
            whole.append(first ? "" : "&").append(name).append('=').append(value);
          }
        });
    return whole.toString();
  }

  /** The connection string as it is used; empty for the embedded server. */
  Optional<String> connection() {
    return uri.map(given -> durable(given.reveal()));
  }

  /** A client of its own; whoever creates it closes it. Connects when it is first used. */
  public MongoClient createClient(Vertx vertx) {
    String connection = connection().orElse("mongodb://127.0.0.1:" + port);
    return MongoClient.create(
        vertx,
        new JsonObject()
            .put("connection_string", connection)
            .put("db_name", database)
            // The driver's 30 s would hold a batch for as long as a peer is away.
            .put("serverSelectionTimeoutMS", TIMEOUT_MILLISECONDS)
            // A peer that takes a command and never answers would hold its caller for ever.
            .put("socketTimeoutMS", ANSWER_MILLISECONDS)
            .put("waitQueueTimeoutMS", ANSWER_MILLISECONDS));
  }
}
