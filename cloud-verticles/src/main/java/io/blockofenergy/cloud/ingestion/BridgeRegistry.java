package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridges' public keys, collection {@code bridges}. The first key that a bridge shows is its
 * key for good: another one is refused until an administrator has removed the pin. Safe for any
 * thread.
 */
public final class BridgeRegistry {
  private static final Logger log = LoggerFactory.getLogger(BridgeRegistry.class);
  private static final String BRIDGES = "bridges";
  private static final int MAX_CACHED = 10_000;

  private final MongoClient mongo;
  private final Clock clock;
  private final ActStore acts;
  private final Runnable recorded;
  // Absence is never remembered; a key that does not fit any more is read again.
  private final Map<String, byte[]> cache = new ConcurrentHashMap<>();

  public BridgeRegistry(MongoClient mongo, Clock clock) {
    this(mongo, clock, () -> {});
  }

  /**
   * @param recorded called when the act of a pin was recorded, on the store's thread
   */
  public BridgeRegistry(MongoClient mongo, Clock clock, Runnable recorded) {
    this.mongo = mongo;
    this.clock = clock;
    this.recorded = recorded;
    this.acts = new ActStore(mongo);
  }

  /**
   * Pins the key, durably, if the bridge has none.
   *
   * @param publicKey base64 of the raw 32 bytes; null asks only whether the bridge has a key
   * @return completes when this key is the bridge's; fails with {@link MalformedReadingException}
   *     when it is not, and with {@link UnavailableException} when the store does not answer
   */
  public Future<Void> enrol(String bridge, String publicKey) {
    if (bridge == null || !bridge.matches("[A-Za-z0-9_-]{1,64}")) {
      return refuse("not a bridge id");
    }
    if (publicKey == null) {
      return stored(bridge)
          .compose(
              pinned ->
                  pinned.isPresent()
                      ? Future.<Void>succeededFuture()
                      : refuse("bridge " + bridge + " has no key and shows none"));
    }
    if (!isKey(publicKey)) {
      return refuse("the public key is not base64 of 32 bytes");
    }
    return stored(bridge)
        .compose(
            pinned ->
                pinned.isPresent()
                    ? Future.succeededFuture(pinned.get())
                    : insert(bridge, publicKey))
        .compose(
            pinned ->
                pinned.equals(publicKey)
                    ? Future.<Void>succeededFuture()
                    : refuse("bridge " + bridge + " has another key"));
  }

  /** The bridge's key, 32 bytes; fails with {@link UnavailableException}. */
  public Future<Optional<byte[]>> publicKey(String bridge) {
    byte[] cached = cache.get(bridge);
    if (cached != null) {
      return Future.succeededFuture(Optional.of(cached));
    }
    return stored(bridge)
        .map(
            pinned ->
                pinned.map(
                    text -> {
                      byte[] key = Base64.getDecoder().decode(text);
                      if (cache.size() >= MAX_CACHED) {
                        cache.clear();
                      }
                      cache.put(bridge, key);
                      return key;
                    }));
  }

  /** Reads the bridge's key anew the next time: an administrator may have replaced the pin. */
  void forget(String bridge) {
    cache.remove(bridge);
  }

  private Future<Optional<String>> stored(String bridge) {
    return mongo
        .findOne(BRIDGES, new JsonObject().put("_id", bridge), null)
        .recover(failure -> Future.failedFuture(MongoFailures.unavailable(failure)))
        .compose(
            pin ->
                pin == null
                    ? Future.succeededFuture(Optional.empty())
                    : pin.containsKey("act")
                        ? Future.succeededFuture(Optional.of(pin.getString("publicKey")))
                        : record(bridge, pin.getString("publicKey")).map(Optional::of));
  }

  /**
   * Records the act of pinning, and its id in the pin. No key is used before that, and a pin
   * without an act, left by a crash or put there by an administrator, gets it when it is read.
   */
  private Future<String> record(String bridge, String publicKey) {
    return acts.record(
            "key-pinned/" + bridge + '/' + publicKey,
            "key-pinned",
            clock.instant(),
            Map.of("bridge", bridge, "publicKey", publicKey))
        .onSuccess(act -> recorded.run())
        .compose(
            act ->
                mongo.updateCollection(
                    BRIDGES,
                    new JsonObject().put("_id", bridge).put("publicKey", publicKey),
                    new JsonObject().put("$set", new JsonObject().put("act", act.id()))))
        .map(publicKey)
        .recover(failure -> Future.failedFuture(MongoFailures.unavailable(failure)));
  }

  /** Returns the key that is pinned then: another registration may have been faster. */
  private Future<String> insert(String bridge, String publicKey) {
    JsonObject pin =
        new JsonObject()
            .put("_id", bridge)
            .put("publicKey", publicKey)
            .put("pinnedAt", clock.instant().toString());
    return mongo
        .insert(BRIDGES, pin)
        .compose(
            id -> {
              log.info("Pinned the key of bridge {}", bridge);
              return record(bridge, publicKey);
            })
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    ? stored(bridge).map(Optional::orElseThrow)
                    : Future.failedFuture(MongoFailures.unavailable(failure)));
  }

  private static Future<Void> refuse(String why) {
    return Future.failedFuture(new MalformedReadingException(why));
  }

  private static boolean isKey(String text) {
    try {
      byte[] key = Base64.getDecoder().decode(text);
      // One text a key, so that texts can be compared.
      return key.length == 32 && Base64.getEncoder().encodeToString(key).equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
