package io.blockofenergy.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationDocTest {

  /** A file with one of each named object, because their keys are asked for only then. */
  @Test
  void theDocumentationListsEverySettingOfTheBridgeAsItIs() throws IOException {
    Settings settings =
        BridgeConfig.settings(Path.of("src/test/resources/named-objects.yaml"), Map.of());
    BridgeConfig.from(settings);
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
            .split("\n## Edge bridge\n", 2)[1]
            .split("\n## ")[0];
    assertThat(section.lines().filter(line -> line.startsWith("| `")))
        .containsExactlyInAnyOrderElementsOf(rows);
  }
}
