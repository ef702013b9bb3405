package io.blockofenergy.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunScriptIT {
  @TempDir Path directory;

  @Test
  void aSecondRunOnTheSameDataIsRefusedAndLeavesTheFirstAlone() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    Path script = Files.writeString(directory.resolve("run"), "read -r line\n:\n");
    Process first = new ProcessBuilder("bash", script.toString()).start(); // waits for a line
    try {
      Path processes = Files.writeString(data.resolve("processes"), first.pid() + " run\n");
      Installation.Result second =
          Installation.run(List.of("../run", "--data", data.toString(), "--simulate", "none"));
      assertThat(second.code()).isEqualTo(1);
      assertThat(second.output())
          .contains("another ./run (" + first.pid() + ") uses " + data.toRealPath());
      assertThat(first.isAlive()).isTrue();
      assertThat(processes).hasContent(first.pid() + " run");
    } finally {
      first.destroy();
    }
  }
}
