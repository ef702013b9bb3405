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
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Sends messages as plain text with attachments by SMTP. The message's id makes the mail's:
 * programs can drop a repetition. An attempt that is given up is broken off, with its connection:
 * else the server may take the mail and get it again. For one event loop.
 */
final class MailChannel implements Channel {
  private static final int CONNECT_TIMEOUT_MS = 30_000;

  /**
   * So long a server may say nothing: RFC 5321 section 4.5.3.2.6 lets it look at a mail for ten
   * minutes.
   */
  private static final Duration SILENCE = Duration.ofMinutes(11);

  /**
   * About the login or the whole server, which an operator can change: RFC 4954 section 6 and RFC
   * 7504. Other answers from 500 on are about this mail.
   */
  private static final Set<Integer> OF_THE_SERVER = Set.of(521, 530, 534, 535, 538);

  private static final int PERMANENT = 500;

  private final Vertx vertx;
  private final MailConfig mail;
  private final String from;
  private final List<String> to;
  private final long timeoutMs;
  private final Set<MailClient> open = new HashSet<>();

  MailChannel(Vertx vertx, MailServer config, List<String> to, Optional<Secret> password) {
    this(vertx, config, to, password, SILENCE);
  }

  /**
   * @param silence after which the connection is closed; an attempt may take twice as long
   */
  MailChannel(
      Vertx vertx,
      MailServer config,
      List<String> to,
      Optional<Secret> password,
      Duration silence) {
    this.vertx = vertx;
    this.from = config.from();
    this.to = List.copyOf(to);
    this.timeoutMs = 2 * silence.toMillis();
    mail =
        new MailConfig()
            .setHostname(config.host())
            .setPort(config.port())
            .setStarttls(config.startTls() ? StartTLSOptions.REQUIRED : StartTLSOptions.DISABLED)
            .setLogin(config.username().isPresent() ? LoginOption.REQUIRED : LoginOption.DISABLED)
            .setKeepAlive(false)
            .setMaxPoolSize(1);
    mail.setConnectTimeout(CONNECT_TIMEOUT_MS);
    // This closes the connection. Closing the client does not: it waits for the answer to QUIT.
    mail.setIdleTimeout((int) silence.toMillis());
    mail.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    config.username().ifPresent(mail::setUsername);
    password.ifPresent(secret -> mail.setPassword(secret.reveal()));
  }

  @Override
  public String name() {
    return "mail";
  }

  @Override
  public Future<Void> send(Message message) {
    MailMessage text =
        new MailMessage()
            .setFrom(from)
            .setTo(to)
            .setSubject(message.subject())
            .setText(message.text())
            .addHeader("Message-ID", "<" + message.id() + "@block-of-energy>")
            .addHeader("Auto-Submitted", "auto-generated");
    if (!message.attachments().isEmpty()) {
      text.setAttachment(message.attachments().stream().map(MailChannel::attached).toList());
    }
    // One for each attempt, so that it ends with it: a pool would keep one that hangs.
    MailClient client = MailClient.create(vertx, mail);
    open.add(client);
    return client
        .sendMail(text)
        // When the connection is closed at the mail's end, the library's future stays open.
        .timeout(timeoutMs, TimeUnit.MILLISECONDS)
        .<Void>mapEmpty()
        .recover(MailChannel::refusal)
        .onComplete(
            sent -> {
              if (open.remove(client)) {
                client.close();
              }
            });
  }

  private static MailAttachment attached(Message.Attachment file) {
    return MailAttachment.create()
        .setName(file.name())
        .setContentType(file.contentType())
        .setDisposition("attachment")
        .setData(file.content());
  }

  private static Future<Void> refusal(Throwable failure) {
    return failure instanceof SMTPException smtp
            && smtp.getReplyCode() >= PERMANENT
            && !OF_THE_SERVER.contains(smtp.getReplyCode())
        ? Future.failedFuture(
            new RefusedException("the mail server answered " + smtp.getReplyCode()))
        : Future.failedFuture(failure);
  }

  @Override
  public Future<Void> close() {
    List<MailClient> all = List.copyOf(open);
    open.clear();
    return Future.join(all.stream().map(MailClient::close).toList()).mapEmpty();
  }
}
