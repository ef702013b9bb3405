package io.blockofenergy.cloud.delivery;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.SecretFile;
import io.blockofenergy.telemetry.Settings;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A mail server and how to log in to it.
 *
 * @param username none for a server that asks for no login
 * @param startTls whether the connection must turn to TLS before anything is said
 */
public record MailServer(
    String host,
    int port,
    String from,
    Optional<String> username,
    Optional<Path> passwordFile,
    boolean startTls) {

  /** Of a mail address in settings. */
  public static final String ADDRESS = "[^\\s,;<>@]{1,64}@[^\\s,;<>@]{1,255}";

  /** The server of the settings {@code alerts.mail.*}; none when it has no host. */
  public static Optional<MailServer> from(Settings settings) {
    String host = settings.text("alerts.mail.host", "", "mail server (SMTP); none for no mail");
    int port = settings.port("alerts.mail.port", 587, "its port");
    String from = settings.text("alerts.mail.from", "", "(" + ADDRESS + ")?", "sender's address");
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
    if (from.isEmpty()) {
      settings.fault("alerts.mail.host needs alerts.mail.from");
    }
    if (username.isPresent() != passwordFile.isPresent()) {
      settings.fault("alerts.mail.username and alerts.mail.passwordFile belong together");
    }
    return Optional.of(new MailServer(host, port, from, username, passwordFile, startTls));
  }

  /**
   * A channel to these receivers.
   *
   * @throws IOException when the password's file is absent, empty or open to others
   */
  public Channel open(Vertx vertx, List<String> to) throws IOException {
    return new MailChannel(vertx, this, to, password());
  }

  private Optional<Secret> password() throws IOException {
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
