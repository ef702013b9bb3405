package io.blockofenergy.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RebuildCommandIT {
  @TempDir Path directory;
  private final StringWriter said = new StringWriter();

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("rebuild-rollups"));
    all.addAll(List.of("--config", directory.resolve("cloud.yaml").toString()));
    all.addAll(List.of(arguments));
    said.getBuffer().setLength(0);
    return new CommandLine(new CloudVerticles())
        .setOut(new PrintWriter(said, true))
        .setErr(new PrintWriter(said, true))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void itOrdersOneAtATimeAndSaysHowFarItIs() throws Exception {
    try (LocalMongo store = LocalMongo.start(directory.resolve("mongo"), 0)) {
      Files.writeString(directory.resolve("cloud.yaml"), "mongo:\n  port: " + store.port() + "\n");
      assertThat(run("--status")).isZero();
      assertThat(said.toString()).contains("Nothing was ordered");
      assertThat(run("--device", "plug7", "--from", "2026-11-01")).isZero();
      assertThat(said.toString()).contains("Ordered");
      assertThat(run("--device", "plug8")).isEqualTo(1);
      assertThat(said.toString()).contains("Running: 0 days");
      assertThat(run("--from", "yesterday")).isEqualTo(2);
    }
  }
}
