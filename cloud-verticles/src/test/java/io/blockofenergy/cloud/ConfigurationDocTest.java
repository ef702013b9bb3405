package io.blockofenergy.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConfigurationDocTest {

  @Test
  void theDocumentationListsEverySettingOfTheCloudAsItIs() throws IOException {
    Settings settings = Settings.of(Map.of());
    CloudConfig.from(settings);
    settings.validate();
    String table =
        settings.keys().stream()
            .map(
                key ->
                    "| `%s` | `%s` | %s | %s |"
                        .formatted(
                            key.name(),
                            key.variable(),
                            key.defaultValue().isEmpty() ? "" : "`" + key.defaultValue() + "`",
                            key.description()))
            .collect(Collectors.joining("\n"));
    assertThat(Files.readString(Path.of("../docs/configuration.md"))).contains(table);
  }
}
