package io.blockofenergy.telemetry.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey.Use;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CosignatureTest {
  private static final Instant AT = Instant.ofEpochSecond(1_679_315_147);
  private final SigningKey log = SigningKey.generate();
  private final SigningKey key = SigningKey.generate();
  private final VerifierKey witness =
      new VerifierKey("witness.example/w1", Use.COSIGNATURE, key.publicKey());
  private final String text = new Checkpoint("example.org/log", 7, Sha256.hash()).text();
  private final String note = SignedNote.sign(text, "example.org/log", log);

  private String cosigned() {
    String line = Cosignature.sign(text, witness.name(), key, AT.plusMillis(900)).line();
    return SignedNote.append(note, List.of(line));
  }

  @Test
  void aCosignatureIsOfTheBytesOfTheSpecification() {
    SignedNote.Signature line = SignedNote.parse(cosigned()).signatures().get(1);
    byte[] payload = line.signature();
    assertThat(payload).hasSize(72).startsWith(0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb);
    assertThat(
            SigningKey.verify(
                key.publicKey(),
                ("cosignature/v1\ntime 1679315147\n" + text).getBytes(StandardCharsets.UTF_8),
                Arrays.copyOfRange(payload, 8, 72)))
        .isTrue();
    byte[] name = "witness.example/w1\n".getBytes(StandardCharsets.UTF_8);
    assertThat(line.hash())
        .isEqualTo(Arrays.copyOf(Sha256.hash(name, new byte[] {4}, key.publicKey()), 4));
  }

  @Test
  void theCosignaturesOfKnownWitnessesAreListedAndOthersPassedOver() {
    VerifierKey silent =
        new VerifierKey("witness.example/w2", Use.COSIGNATURE, SigningKey.generate().publicKey());
    SignedNote parsed = SignedNote.parse(cosigned());
    assertThat(parsed.verify(new VerifierKey("example.org/log", log.publicKey()))).isEqualTo(text);
    assertThat(parsed.cosignatures(List.of(silent, witness)))
        .singleElement()
        .satisfies(
            cosignature -> {
              assertThat(cosignature.witness()).isEqualTo(witness);
              assertThat(cosignature.at()).isEqualTo(AT);
              assertThat(cosigned()).endsWith('\n' + cosignature.line() + '\n');
            });
    assertThat(parsed.cosignatures(List.of(silent))).isEmpty();
  }

  @Test
  void aCosignatureOfAnotherTextOrTimeIsRefused() {
    String good = cosigned();
    String other = good.replace("\n7\n", "\n8\n");
    assertThatThrownBy(() -> SignedNote.parse(other).cosignatures(List.of(witness)))
        .isInstanceOf(MalformedProofException.class)
        .hasMessageContaining(witness.name());
    SignedNote.Signature line = SignedNote.parse(good).signatures().get(1);
    for (int i = 0; i < 72; i++) {
      byte[] changed = line.signature().clone();
      changed[i] ^= 1;
      String bad = new SignedNote.Signature(line.name(), line.hash(), changed).line();
      SignedNote parsed = SignedNote.parse(SignedNote.append(note, List.of(bad)));
      assertThatThrownBy(() -> parsed.cosignatures(List.of(witness)))
          .as("byte %d", i)
          .isInstanceOf(MalformedProofException.class);
    }
  }

  @Test
  void aWitnessKeyIsReadAndWrittenAndIsNoKeyOfALog() {
    assertThat(VerifierKey.parse(witness.toString())).isEqualTo(witness);
    assertThat(new VerifierKey(witness.name(), witness.publicKey()).hash())
        .isNotEqualTo(witness.hash());
    assertThatThrownBy(() -> SignedNote.verify(cosigned(), witness))
        .isInstanceOf(MalformedProofException.class);
  }

  @Test
  void aKeyThatSignsNotesGivesNoCosignature() {
    String signedByWitness = SignedNote.sign(text, witness.name(), key);
    assertThat(SignedNote.parse(signedByWitness).cosignatures(List.of(witness))).isEmpty();
  }

  @Test
  void extensionLinesAreSignedAndPassedOver() {
    Checkpoint head = Checkpoint.parseExtended(text + "an extension\n");
    assertThat(head).isEqualTo(Checkpoint.parse(text));
    assertThatThrownBy(() -> Checkpoint.parseExtended(text + "\nx\n"))
        .isInstanceOf(MalformedProofException.class);
  }
}
