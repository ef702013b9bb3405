package io.blockofenergy.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationDocTest {

  @Test
  void theDocumentationListsEverySettingOfTheCloudAsItIs() throws IOException {
    Settings settings = Settings.of(Map.of());
    CloudConfig.from(settings);
    settings.validate();
    List<String> rows =
        settings.keys().stream()
            .map(
                key ->
                    "| `%s` | `%s` | %s | %s |"
                        .formatted(
                            key.name(),
                            key.variable(),
                            key.defaultValue().isEmpty() ? "" : "`" + key.defaultValue() + "`",
                            key.description()))
            .toList();
    String section =
        Files.readString(Path.of("../docs/configuration.md"))
            .split("\n## Cloud\n", 2)[1]
            .split("\n## ")[0];
    assertThat(section.lines().filter(line -> line.startsWith("| `")))
        .containsExactlyInAnyOrderElementsOf(rows);
  }
}
