package io.blockofenergy.cloud.delivery;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.SecretFile;
import io.blockofenergy.telemetry.Settings;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;

/** An HTTPS receiver and the file of the secret that signs for it. */
public record Webhook(URI url, Path secretFile) {
  private static final String LOOPBACK = "(127\\.0\\.0\\.1|localhost|\\[::1])";
  private static final String URL =
      "(https://[^\\s@#]{1,1000}|http://" + LOOPBACK + "(:[0-9]{1,5})?(/[^\\s#]{0,1000})?)?";
  private static final int SECRET_BYTES = 32;

  /**
   * Of the settings {@code <what>.webhook.url} and {@code <what>.webhook.secretFile}.
   *
   * @param what {@code alerts} or {@code packs}: names them in descriptions too
   */
  public static Optional<Webhook> from(Settings settings, String what) {
    String key = what + ".webhook.url";
    String url =
        settings.text(
            key,
            "",
            URL,
            "where " + what + " are posted, https, or http on loopback; none for no webhook");
    Path secretFile =
        settings.dataPath(
            what + ".webhook.secretFile",
            what + "/webhook.secret",
            "file of the secret that signs them, `whsec_…`, mode 0600; drawn when absent");
    if (url.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(url);
      if (uri.getHost() != null) {
        return Optional.of(new Webhook(uri, secretFile));
      }
    } catch (IllegalArgumentException e) {
      // The address may hold a token: it is not repeated.
    }
    settings.fault(key + " is not a URL");
    return Optional.empty();
  }

  /**
   * Reads the secret, or draws one.
   *
   * @throws IOException as {@link SecretFile#loadOrCreate}
   * @throws IllegalArgumentException when the secret is not of its form
   */
  public Channel open(Vertx vertx, Clock clock) throws IOException {
    Secret secret = new Secret(SecretFile.loadOrCreate(secretFile, Webhook::draw));
    return new WebhookChannel(vertx, url, new WebhookSignature(secret), clock);
  }

  private static String draw() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return WebhookSignature.PREFIX + Base64.getEncoder().encodeToString(bytes);
  }
}
