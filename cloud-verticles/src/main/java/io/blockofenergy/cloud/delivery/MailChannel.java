package io.blockofenergy.cloud.delivery;

import io.blockofenergy.telemetry.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailAttachment;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.SMTPException;
import io.vertx.ext.mail.StartTLSOptions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Sends messages as plain text with attachments by SMTP. The message's id makes the mail's:
 * programs can drop a repetition.
 */
final class MailChannel implements Channel {
  private static final int TIMEOUT_MS = 30_000;
  private static final int TOO_LARGE = 552;

  private final MailClient client;
  private final MailServer config;
  private final List<String> to;

  MailChannel(Vertx vertx, MailServer config, List<String> to, Optional<Secret> password) {
    this.config = config;
    this.to = List.copyOf(to);
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
  public Future<Void> send(Message message) {
    MailMessage mail =
        new MailMessage()
            .setFrom(config.from())
            .setTo(to)
            .setSubject(message.subject())
            .setText(message.text())
            .addHeader("Message-ID", "<" + message.id() + "@block-of-energy>")
            .addHeader("Auto-Submitted", "auto-generated");
    if (!message.attachments().isEmpty()) {
      mail.setAttachment(message.attachments().stream().map(MailChannel::attached).toList());
    }
    return client
        .sendMail(mail)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .<Void>mapEmpty()
        .recover(MailChannel::refusal);
  }

  private static MailAttachment attached(Message.Attachment file) {
    return MailAttachment.create()
        .setName(file.name())
        .setContentType(file.contentType())
        .setDisposition("attachment")
        .setData(file.content());
  }

  /** Other refusals an operator can end: an address, a login. */
  private static Future<Void> refusal(Throwable failure) {
    return failure instanceof SMTPException smtp && smtp.getReplyCode() == TOO_LARGE
        ? Future.failedFuture(new RefusedException("the mail is too large for the server"))
        : Future.failedFuture(failure);
  }

  @Override
  public Future<Void> close() {
    return client.close();
  }
}
