package io.blockofenergy.edge.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessConfigTest {
  private static final byte[] KEY = SigningKey.generate().publicKey();
  private static final VerifierKey LOG = new VerifierKey("log.example", KEY);

  @TempDir Path directory;

  private static WitnessConfig read(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.putIfAbsent("BOE_WITNESS_ENABLED", "true");
    Settings settings = Settings.of(environment);
    settings.data("data/edge");
    WitnessConfig config = WitnessConfig.from(settings, "cellar");
    settings.validate();
    return config;
  }

  @Test
  void isOffAndOnLoopbackUnlessAskedFor() {
    WitnessConfig config = read(Map.of("BOE_WITNESS_ENABLED", "false"));
    assertThat(config.enabled()).isFalse();
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.name()).isEqualTo("block-of-energy.local/witness/cellar");
  }

  @Test
  void readsKeysFromTextAndFiles() throws Exception {
    VerifierKey other = new VerifierKey("other.example", KEY);
    Path file = Files.writeString(directory.resolve("log.pub"), other + "\n");
    WitnessConfig config =
        read(Map.of("BOE_WITNESS_LOGS", LOG.toString(), "BOE_WITNESS_LOG_FILES", file.toString()));
    assertThat(config.logs()).containsExactly(LOG, other);
  }

  @Test
  void anAddressBeyondLoopbackMustBeAskedForTwice() {
    Map<String, String> open = new HashMap<>(Map.of("BOE_WITNESS_HOST", "0.0.0.0"));
    assertThatThrownBy(() -> read(open))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("witness.exposed");
    open.put("BOE_WITNESS_EXPOSED", "true");
    assertThat(read(open).host()).isEqualTo("0.0.0.0");
  }

  @Test
  void whatIsNoKeyOfALogIsAFault() {
    VerifierKey witness = new VerifierKey("w.example", VerifierKey.Use.COSIGNATURE, KEY);
    for (String wrong :
        new String[] {"nonsense", witness.toString(), LOG + "," + LOG, LOG.toString() + "A"}) {
      assertThatThrownBy(() -> read(Map.of("BOE_WITNESS_LOGS", wrong)))
          .as(wrong)
          .isInstanceOf(InvalidSettingsException.class)
          .hasMessageContaining("witness.logs");
    }
  }
}
