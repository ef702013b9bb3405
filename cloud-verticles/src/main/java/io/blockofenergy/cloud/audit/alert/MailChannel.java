package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.telemetry.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.StartTLSOptions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Sends alerts as plain text by SMTP. The alert's id makes the message's: programs can drop one.
 */
final class MailChannel implements AlertChannel {
  private static final int TIMEOUT_MS = 30_000;

  private final MailClient client;
  private final AlertConfig.Mail config;

  MailChannel(Vertx vertx, AlertConfig.Mail config, Optional<Secret> password) {
    this.config = config;
    MailConfig mail =
        new MailConfig()
            .setHostname(config.host())
            .setPort(config.port())
            .setStarttls(config.startTls() ? StartTLSOptions.REQUIRED : StartTLSOptions.DISABLED)
            .setLogin(config.username().isPresent() ? LoginOption.REQUIRED : LoginOption.DISABLED)
            .setKeepAlive(false)
            .setMaxPoolSize(1);
    mail.setConnectTimeout(TIMEOUT_MS);
    config.username().ifPresent(mail::setUsername);
    password.ifPresent(secret -> mail.setPassword(secret.reveal()));
    client = MailClient.create(vertx, mail);
  }

  @Override
  public String name() {
    return "mail";
  }

  @Override
  public Future<Void> send(Alert alert) {
    MailMessage message =
        new MailMessage()
            .setFrom(config.from())
            .setTo(config.to())
            .setSubject(alert.subject())
            .setText(alert.text())
            .addHeader("Message-ID", "<" + alert.id() + "@block-of-energy>")
            .addHeader("Auto-Submitted", "auto-generated");
    return client.sendMail(message).timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS).mapEmpty();
  }

  @Override
  public Future<Void> close() {
    return client.close();
  }
}
