package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Keys;
import org.web3j.crypto.WalletUtils;

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

  @Test
  void opensAnEncryptedKeystoreWithItsPasswordAndWithNoOther() throws Exception {
    ECKeyPair drawn = Keys.createEcKeyPair();
    // The light parameters, for the tests' sake; the real ones take 256 MiB and a second.
    Path keystore =
        directory.resolve(
            WalletUtils.generateWalletFile("correct horse", drawn, directory.toFile(), false));
    Path password = Files.writeString(directory.resolve("password"), "correct horse\n");

    AnchorKey key = AnchorKey.fromKeystore(keystore, password);

    assertThat(key.address()).isEqualTo("0x" + Keys.getAddress(drawn));
    assertThat(key.toString())
        .doesNotContain(drawn.getPrivateKey().toString(16))
        .doesNotContain("horse");
    Files.writeString(password, "wrong horse");
    assertThatThrownBy(() -> AnchorKey.fromKeystore(keystore, password))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not open")
        .hasMessageNotContaining("horse");
    Files.writeString(password, "\n");
    assertThatThrownBy(() -> AnchorKey.fromKeystore(keystore, password))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("empty");
    Files.writeString(password, "correct horse");
    Files.writeString(keystore, "secret horse");
    assertThatThrownBy(() -> AnchorKey.fromKeystore(keystore, password))
        .isInstanceOf(IOException.class)
        .hasNoCause()
        .hasMessageNotContaining("horse");
  }

  @Test
  void halfAKeystoreAndNobodysAddressAreReportedTogether() {
    Settings settings =
        Settings.of(
            Map.of(
                "BOE_CHAIN_KEYSTORE_FILE",
                "/keys/anchor.json",
                "BOE_CHAIN_ADMIN",
                "0x" + "0".repeat(40)));
    ChainConfig.from(settings);

    assertThatThrownBy(settings::validate)
        .hasMessageContaining("belong together")
        .hasMessageContaining("zero address");
  }
}
