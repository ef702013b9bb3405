package io.blockofenergy.cloud.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalChainTest {
  @TempDir Path directory;

  @Test
  void theEnvironmentComesFirstThenThePackageThenThePath() throws IOException {
    Path work = Files.createDirectories(directory.resolve("work/module"));
    Path packaged =
        program(
            directory.resolve(
                "work/contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"));
    Path onPath = program(directory.resolve("bin/anvil"));
    Path configured = program(directory.resolve("mine"));
    String searchPath = directory.resolve("nowhere") + ":" + onPath.getParent();

    assertThat(LocalChain.findAnvil(configured.toString(), work, searchPath)).isEqualTo(configured);
    assertThat(LocalChain.findAnvil(null, work, searchPath)).isEqualTo(packaged);
    assertThat(LocalChain.findAnvil(null, work.getParent(), searchPath)).isEqualTo(packaged);
    assertThat(LocalChain.findAnvil(" ", directory, searchPath)).isEqualTo(onPath);
  }

  @Test
  void aMissingAnvilSaysHowToGetIt() {
    assertThatThrownBy(() -> LocalChain.findAnvil(null, directory, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("npm ci")
        .hasMessageContaining("BOE_ANVIL");
  }

  @Test
  void aWrongVariableIsNotPassedOver() {
    assertThatThrownBy(() -> LocalChain.findAnvil("/nowhere/anvil", directory, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("BOE_ANVIL")
        .hasMessageContaining("/nowhere/anvil");
  }

  private static Path program(Path path) throws IOException {
    Files.createDirectories(path.getParent());
    return Files.createFile(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
  }
}
