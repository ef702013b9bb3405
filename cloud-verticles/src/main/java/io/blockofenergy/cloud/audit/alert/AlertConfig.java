package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.cloud.delivery.MailServer;
import io.blockofenergy.cloud.delivery.Webhook;
import io.blockofenergy.telemetry.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where alerts go; nowhere unless configured.
 *
 * @param repeat after which a finding that still stands is news again
 * @param mail the server that sends them, if any
 * @param receivers addresses of those who get them by mail
 */
public record AlertConfig(
    Duration repeat, Optional<Webhook> webhook, Optional<MailServer> mail, List<String> receivers) {
  /** Nobody is told. */
  public static final AlertConfig NONE =
      new AlertConfig(Duration.ofDays(1), Optional.empty(), Optional.empty(), List.of());

  /**
   * @param mail the server of both alerts and packs
   */
  public static AlertConfig from(Settings settings, Optional<MailServer> mail) {
    Duration repeat =
        settings.duration(
            "audit.alertRepeat",
            "24h",
            Duration.ofMinutes(1),
            Duration.ofDays(365),
            "after which a finding that is found again is alerted again");
    List<String> receivers =
        settings.texts("alerts.mail.to", "", MailServer.ADDRESS, "receivers' addresses");
    return new AlertConfig(repeat, Webhook.from(settings, "alerts"), mail, receivers);
  }
}
