package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeyTest {
  @TempDir Path directory;

  @Test
  void keyAndSignatureAreThoseOfRfc8032() throws IOException {
    Path file = directory.resolve("test1.key");
    Files.writeString(file, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    SigningKey key = SigningKey.loadOrCreate(file);
    assertThat(HexFormat.of().formatHex(key.publicKey()))
        .isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assertThat(HexFormat.of().formatHex(key.sign(new byte[0])))
        .isEqualTo(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
                + "39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  }

  @Test
  void aKeyIsKeptForItsOwnerAloneAndFoundAgain() throws IOException {
    Path file = directory.resolve("deeper/bridge.key");
    SigningKey created = SigningKey.loadOrCreate(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(SigningKey.loadOrCreate(file).publicKey()).isEqualTo(created.publicKey());
    assertThat(
            SigningKey.verify(
                created.publicKey(), "message".getBytes(), created.sign("message".getBytes())))
        .isTrue();
  }

  @Test
  void aKeyThatOthersCanReadOrThatIsNoKeyIsRefused() throws IOException {
    Path file = directory.resolve("open.key");
    SigningKey.loadOrCreate(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> SigningKey.loadOrCreate(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("0600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(file, "abc");
    assertThatThrownBy(() -> SigningKey.loadOrCreate(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("64 hex digits");
  }
}
