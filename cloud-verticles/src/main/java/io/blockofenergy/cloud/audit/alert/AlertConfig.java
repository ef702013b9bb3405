package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.SecretFile;
import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Where alerts go; nowhere unless configured.
 *
 * @param repeat after which a finding that still stands is news again
 */
public record AlertConfig(Duration repeat, Optional<WebhookConfig> webhook, Optional<Mail> mail) {
  /** Nobody is told. */
  public static final AlertConfig NONE =
      new AlertConfig(Duration.ofDays(1), Optional.empty(), Optional.empty());

  private static final String LOOPBACK = "(127\\.0\\.0\\.1|localhost|\\[::1])";
  private static final String URL =
      "(https://[^\\s@#]{1,1000}|http://" + LOOPBACK + "(:[0-9]{1,5})?(/[^\\s#]{0,1000})?)?";
  private static final String ADDRESS = "[^\\s,;<>@]{1,64}@[^\\s,;<>@]{1,255}";
  private static final int SECRET_BYTES = 32;

  /** An HTTPS receiver and the file of the secret that signs for it. */
  public record WebhookConfig(URI url, Path secretFile) {
    /**
     * Reads the secret, or draws one.
     *
     * @throws IOException as {@link SecretFile#loadOrCreate}
     */
    Secret secret() throws IOException {
      return new Secret(SecretFile.loadOrCreate(secretFile, WebhookConfig::draw));
    }

    private static String draw() {
      byte[] bytes = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(bytes);
      return WebhookSignature.PREFIX + Base64.getEncoder().encodeToString(bytes);
    }
  }

  /**
   * A mail server and the addresses.
   *
   * @param username none for a server that asks for no login
   * @param startTls whether the connection must turn to TLS before anything is said
   */
  public record Mail(
      String host,
      int port,
      String from,
      List<String> to,
      Optional<String> username,
      Optional<Path> passwordFile,
      boolean startTls) {

    /**
     * @throws IOException when the file is absent, empty or open to others
     */
    Optional<Secret> password() throws IOException {
      if (passwordFile.isEmpty()) {
        return Optional.empty();
      }
      Path file = passwordFile.get();
      if (!Files.exists(file)) {
        throw new IOException("there is no file " + file);
      }
      return Optional.of(new Secret(SecretFile.loadOrCreate(file, () -> "")));
    }
  }

  public static AlertConfig from(Settings settings) {
    Duration repeat =
        settings.duration(
            "audit.alertRepeat",
            "24h",
            Duration.ofMinutes(1),
            Duration.ofDays(365),
            "after which a finding that is found again is alerted again");
    String url =
        settings.text(
            "alerts.webhook.url",
            "",
            URL,
            "where alerts are posted, https, or http on loopback; none for no webhook");
    Path secretFile =
        settings.dataPath(
            "alerts.webhook.secretFile",
            "alerts/webhook.secret",
            "file of the secret that signs them, `whsec_…`, mode 0600; drawn when absent");
    return new AlertConfig(
        repeat,
        url.isEmpty() ? Optional.empty() : webhook(settings, url, secretFile),
        mail(settings));
  }

  private static Optional<WebhookConfig> webhook(Settings settings, String url, Path secretFile) {
    try {
      URI uri = URI.create(url);
      if (uri.getHost() != null) {
        return Optional.of(new WebhookConfig(uri, secretFile));
      }
    } catch (IllegalArgumentException e) {
      // The address may hold a token: it is not repeated.
    }
    settings.fault("alerts.webhook.url is not a URL");
    return Optional.empty();
  }

  private static Optional<Mail> mail(Settings settings) {
    String host = settings.text("alerts.mail.host", "", "mail server (SMTP); none for no mail");
    int port = settings.port("alerts.mail.port", 587, "its port");
    String from = settings.text("alerts.mail.from", "", "(" + ADDRESS + ")?", "sender's address");
    List<String> to = settings.texts("alerts.mail.to", "", ADDRESS, "receivers' addresses");
    Optional<String> username =
        settings.optionalText("alerts.mail.username", "login at the mail server");
    Optional<Path> passwordFile =
        settings
            .optionalText("alerts.mail.passwordFile", "file of the password, mode 0600")
            .map(Path::of);
    boolean startTls =
        settings.flag(
            "alerts.mail.startTls", true, "whether the mail server must turn to TLS first");
    if (host.isEmpty()) {
      return Optional.empty();
    }
    if (from.isEmpty() || to.isEmpty()) {
      settings.fault("alerts.mail.host needs alerts.mail.from and alerts.mail.to");
    }
    if (username.isPresent() != passwordFile.isPresent()) {
      settings.fault("alerts.mail.username and alerts.mail.passwordFile belong together");
    }
    return Optional.of(new Mail(host, port, from, to, username, passwordFile, startTls));
  }
}
