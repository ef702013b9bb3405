package io.blockofenergy.edge.mqtt;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies users' passwords: slow hashes on a worker, a bounded number at a time. A password that
 * was right is remembered by a keyed digest, so that a client that comes again costs nothing; one
 * that is wrong always costs the whole hash. The digest's key is drawn at start and kept in memory
 * only. Used on one event loop.
 */
final class Authenticator {
  /** What came of a verification. */
  enum Verdict {
    RIGHT,
    WRONG,
    /** Too many wait already. */
    BUSY
  }

  private static final int WORKERS = 2;
  private static final int MAX_WAITING = 64;
  private static final String DIGEST = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private final MqttConfig config;
  private final WorkerExecutor worker;
  private final SecretKeySpec digestKey;
  private final PasswordHash nobody;

  /** By user; one each, so that it is bounded. */
  private final Map<String, byte[]> remembered = new HashMap<>();

  private int waiting;

  Authenticator(Vertx vertx, MqttConfig config, SecureRandom random) {
    this.config = config;
    this.worker = vertx.createSharedWorkerExecutor("mqtt-passwords", WORKERS);
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    this.digestKey = new SecretKeySpec(key, DIGEST);
    this.nobody =
        PasswordHash.ofNobody(
            config.users().values().stream()
                .mapToInt(user -> user.passwordHash().iterations())
                .max()
                .orElse(1));
  }

  /** Whether anybody may come in without a name. */
  boolean acceptsAnybody() {
    return config.user().isEmpty() && config.users().isEmpty();
  }

  /** Never fails. */
  Future<Verdict> verify(String name, String password) {
    MqttUser user = config.users().get(name);
    byte[] digest = digest(name, password);
    if (user != null && MessageDigest.isEqual(remembered.get(name), digest)) {
      return Future.succeededFuture(Verdict.RIGHT);
    }
    if (user == null && isTheSimpleUser(name, password)) {
      return Future.succeededFuture(Verdict.RIGHT);
    }
    if (config.users().isEmpty()) {
      return Future.succeededFuture(Verdict.WRONG);
    }
    if (waiting >= MAX_WAITING) {
      return Future.succeededFuture(Verdict.BUSY);
    }
    waiting++;
    PasswordHash hash = user == null ? nobody : user.passwordHash();
    return worker
        .executeBlocking(() -> hash.matches(password), false)
        .otherwise(false)
        .map(
            right -> {
              waiting--;
              if (right) {
                remembered.put(name, digest);
              }
              return right ? Verdict.RIGHT : Verdict.WRONG;
            });
  }

  /** {@code mqtt.user} and {@code mqtt.password}. */
  private boolean isTheSimpleUser(String name, String password) {
    if (config.user().isEmpty()) {
      return false;
    }
    // Both are always compared, so that the time tells nothing about which is wrong.
    boolean sameName =
        MessageDigest.isEqual(
            config.user().get().getBytes(StandardCharsets.UTF_8),
            name.getBytes(StandardCharsets.UTF_8));
    return config.password().orElseThrow().matches(password) & sameName;
  }

  /** What a user may do; everything without lists, and without a user. */
  AccessList access(Optional<String> name, String client) {
    return name.map(config.users()::get)
        .map(user -> AccessList.of(user, client))
        .orElse(AccessList.EVERYTHING);
  }

  private byte[] digest(String name, String password) {
    try {
      Mac mac = Mac.getInstance(DIGEST);
      mac.init(digestKey);
      mac.update(name.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return mac.doFinal(password.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + DIGEST, e);
    }
  }
}
