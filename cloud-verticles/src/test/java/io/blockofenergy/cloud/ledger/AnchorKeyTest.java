package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnchorKeyTest {
  @TempDir Path directory;

  @Test
  void isDrawnOnceAndLoadedAfterwards() throws IOException {
    Path file = directory.resolve("ledger/anchor.key");

    AnchorKey drawn = AnchorKey.loadOrCreate(file);
    AnchorKey loaded = AnchorKey.loadOrCreate(file);

    assertThat(loaded.address()).isEqualTo(drawn.address()).matches("0x[0-9a-f]{40}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void readsAKeyThatOthersMade() throws IOException {
    // The first key of the mnemonic that every Ethereum tool uses in its documentation.
    Path file = directory.resolve("anchor.key");
    Files.writeString(file, "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    AnchorKey key = AnchorKey.loadOrCreate(file);
    assertThat(key.address()).isEqualTo("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    // Where the same tools show the first contract of that account.
    assertThat(key.contractAddress()).isEqualTo("0x5fbdb2315678afecb367f032d93f642f64180aa3");
  }

  @Test
  void cannotBePrinted() throws IOException {
    Path file = directory.resolve("anchor.key");
    AnchorKey key = AnchorKey.loadOrCreate(file);

    assertThat(key.toString())
        .contains(key.address())
        .doesNotContain(Files.readString(file).strip());
  }

  @Test
  void refusesAFileThatOthersCanReadOrThatHoldsNoKey() throws IOException {
    Path file = directory.resolve("anchor.key");
    AnchorKey.loadOrCreate(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> AnchorKey.loadOrCreate(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("0600");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(file, "not a key");
    assertThatThrownBy(() -> AnchorKey.loadOrCreate(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("64 hex digits")
        .hasMessageNotContaining("not a key\n");
  }
}
