package io.blockofenergy.cloud.report.pack;

import io.blockofenergy.cloud.delivery.MailServer;
import io.blockofenergy.cloud.delivery.Webhook;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.telemetry.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When billing packs are made, of what, and where they go.
 *
 * @param schedule when it is looked whether a pack is to be made; never: on demand only
 * @param sites of which they are made by schedule
 * @param kinds of which periods: {@code daily}, {@code weekly}, {@code monthly}, {@code yearly}
 * @param grace after a period's end, so that late readings are in
 * @param links base address of the API in webhooks, without a slash at its end; may be empty
 * @param receivers addresses of those who get packs by mail
 */
public record PackConfig(
    Schedule schedule,
    List<String> sites,
    List<String> kinds,
    Duration grace,
    String links,
    Optional<MailServer> mail,
    List<String> receivers,
    Optional<Webhook> webhook) {

  /**
   * @param mail the server of both alerts and packs
   * @param alertsByMail whether alerts have receivers
   */
  public static PackConfig from(
      Settings settings, Optional<MailServer> mail, boolean alertsByMail) {
    List<String> receivers =
        settings.texts(
            "packs.mail.to",
            "",
            MailServer.ADDRESS,
            "receivers of billing packs by mail, through the server of `alerts.mail.*`");
    PackConfig config =
        new PackConfig(
            schedule(settings),
            settings.texts(
                "packs.sites", "", ".{1,128}", "sites of which packs are made by schedule"),
            settings.texts(
                "packs.kinds",
                "monthly",
                "daily|weekly|monthly|yearly",
                "periods of which packs are made by schedule: daily, weekly, monthly, yearly"),
            settings.duration(
                "packs.grace",
                "24h",
                Duration.ZERO,
                Duration.ofDays(60),
                "after a period's end before its pack is made, so that late readings are in"),
            settings.text(
                "packs.links",
                "",
                "(https?://[^\\s?#]{1,500}[^\\s?#/])?",
                "address of this server in webhooks' links, such as https://energy.example.org;"
                    + " none for paths only"),
            mail,
            receivers,
            Webhook.from(settings, "packs"));
    if (mail.isEmpty() && !receivers.isEmpty()) {
      settings.fault("packs.mail.to needs alerts.mail.host");
    }
    if (mail.isPresent() && receivers.isEmpty() && !alertsByMail) {
      settings.fault("alerts.mail.host needs receivers: alerts.mail.to, packs.mail.to or both");
    }
    return config;
  }

  private static Schedule schedule(Settings settings) {
    String cron =
        settings.text(
            "packs.schedule",
            "never",
            "when it is looked for periods that have ended and have no pack yet: minute, hour, day"
                + " of month, month, day of week, in UTC, or 'never'");
    try {
      return Schedule.of(cron);
    } catch (IllegalArgumentException e) {
      settings.fault("packs.schedule: " + e.getMessage());
      return Schedule.NEVER;
    }
  }

  /** The ways that each pack has to go. */
  List<String> channels() {
    return Stream.of(
            mail.isPresent() && !receivers.isEmpty() ? "mail" : null,
            webhook.isPresent() ? "webhook" : null)
        .filter(Objects::nonNull)
        .toList();
  }
}
