package io.blockofenergy.cloud.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportConfigTest {

  @Test
  void theSystemsZoneHoldsWhereNoneIsSet() {
    assertThat(ReportConfig.from(Settings.of(Map.of())))
        .isEqualTo(new ReportConfig(ZoneId.systemDefault(), Optional.empty(), 100_000, 64L << 20));
  }

  @Test
  void aZoneOfTheSystemThatNoReceiptsVerifierKnowsMustBeReplacedByOneThatIsSet() {
    for (String none : List.of("UTC+02:00", "GMT-02:00", "+01:00", "Z")) {
      Settings settings = Settings.of(Map.of());
      ReportConfig.from(settings, ZoneId.of(none));
      assertThatThrownBy(settings::validate)
          .as(none)
          .hasMessageContaining("report.zone must be set: the system's time zone, " + none);
      Settings set = Settings.of(Map.of("BOE_REPORT_ZONE", "Europe/Skopje"));
      assertThat(ReportConfig.from(set, ZoneId.of(none)).zone().getId()).isEqualTo("Europe/Skopje");
      assertThatCode(set::validate).doesNotThrowAnyException();
    }
  }

  @Test
  void defaultsAreWhatIsSet() {
    ReportConfig config =
        ReportConfig.from(
            Settings.of(
                Map.of(
                    "BOE_REPORT_ZONE", "Asia/Kathmandu",
                    "BOE_REPORT_TARIFF", "evn-2025",
                    "BOE_REPORT_POWER_CEILING_W", "3680")));
    assertThat(config)
        .isEqualTo(
            new ReportConfig(
                ZoneId.of("Asia/Kathmandu"), Optional.of("evn-2025"), 3680, 64L << 20));
    assertThat(config.defaults().powerCeilingW()).isEqualTo(3680.0);
  }

  @Test
  void whatIsNoZoneOrPowerIsAFault() {
    Settings settings =
        Settings.of(Map.of("BOE_REPORT_ZONE", "Skopje", "BOE_REPORT_POWER_CEILING_W", "0"));
    ReportConfig.from(settings);
    assertThatThrownBy(settings::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("report.zone is no time zone such as Europe/Skopje")
        .hasMessageContaining("BOE_REPORT_POWER_CEILING_W must be from 1");
  }
}
