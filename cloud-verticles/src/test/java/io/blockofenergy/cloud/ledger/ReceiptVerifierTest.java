package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vectors that webroot/test/verify.test.js holds the page's verifier against too. */
class ReceiptVerifierTest {
  private static final Path DIRECTORY = Path.of("..", "webroot", "test", "vectors");
  private static final ReceiptVectors VECTORS = new ReceiptVectors();

  private final ReceiptVerifier verifier = new ReceiptVerifier(VECTORS.key(), null, null);

  /** With -Dboe.vectors.write=true it writes them instead. */
  @Test
  void theVectorsAreWhatTheCodeWrites() throws IOException {
    for (Map.Entry<String, byte[]> file : VECTORS.files().entrySet()) {
      if (Boolean.getBoolean("boe.vectors.write")) {
        Files.createDirectories(DIRECTORY);
        Files.write(DIRECTORY.resolve(file.getKey()), file.getValue());
      }
      assertThat(Files.readString(DIRECTORY.resolve(file.getKey())))
          .as(file.getKey())
          .isEqualTo(new String(file.getValue(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void goodFilesHoldAndSayWhatWasNotChecked() {
    for (String name : ReceiptVectors.GOOD) {
      ReceiptVerifier.Result result = verify(VECTORS.files().get(name));
      assertThat(result.fault()).as(name).isNull();
      assertThat(result.valid()).as(name).isEqualTo(!name.startsWith("part"));
      assertThat(result.notChecked()).as(name).isNotEmpty();
    }
    ReceiptVerifier.Result part = verify(VECTORS.files().get("part.boe-bundle.json"));
    assertThat(part.verdict()).isEqualTo(ReceiptVerifier.Verdict.FIGURES_NOT_CHECKED);
    assertThat(part.claim())
        .isEqualTo(
            "of 16.480000001 kWh, 15.980000001 kWh are shown by logged readings and 0.5 kWh are not.");
    assertThat(part.notChecked())
        .contains(
            "The 0.5 kWh of lamp: some of it is estimated from its power, which no counter shows.");
    ReceiptVerifier.Result report = verify(VECTORS.files().get("report.boe-bundle.json"));
    assertThat(report.claim()).isEqualTo("the energy, 15.980000001 kWh; the cost is not checked.");
    assertThat(report.steps())
        .contains(
            "So the site home took 15.980000001 kWh in the day, as stated.",
            "plug8 took 0 kWh, which is not part of the sum.")
        .anyMatch(step -> step.startsWith("Then it fell to 2.25 kWh, at 2026-10-25T10:10"));
    assertThat(report.notChecked()).anyMatch(limit -> limit.startsWith("THE COST, 70.91 MKD: "));
    assertThat(verify(VECTORS.files().get("early.boe-bundle.json")).claim())
        .isEqualTo(
            "the energy, 15.980000001 kWh, of which some may be of the time since"
                + " 2026-10-24T21:50:00.000Z; the cost is not checked.");
    assertThat(verify(VECTORS.files().get("early-day.boe-bundle.json")).claim())
        .isEqualTo(
            "the energy, 8.73 kWh, of which some may be of the time since"
                + " 2026-10-24T21:59:50.000Z.");
    assertThat(verify(VECTORS.files().get("day.boe-bundle.json")).claim()).isEmpty();
    assertThat(verify(VECTORS.files().get("reading.tlog-proof")).notChecked())
        .contains(ReceiptVerifier.BRIDGE_NOT_CHECKED);
    assertThat(verify(VECTORS.files().get("day.boe-bundle.json")).steps())
        .contains("So plug7 took 8.73 kWh on 2026-10-25.")
        .anyMatch(step -> step.contains("from 2026-10-24T22:00:00Z to 2026-10-25T23:00:00Z"));
  }

  @Test
  void aWitnessMustHaveCosignedWhenItsKeyIsGiven() {
    ReceiptVerifier witnessed =
        new ReceiptVerifier(VECTORS.key(), List.of(VECTORS.witness()), null, null);
    for (String name : List.of("reading.tlog-proof", "day.boe-bundle.json")) {
      assertThat(witnessed.verify(VECTORS.files().get(name)).steps())
          .anyMatch(step -> step.startsWith("It is cosigned by the witness witness.example, at "));
    }
    VerifierKey other =
        new VerifierKey(
            "other.example", VerifierKey.Use.COSIGNATURE, SigningKey.generate().publicKey());
    assertThat(
            new ReceiptVerifier(VECTORS.key(), List.of(other), null, null)
                .verify(VECTORS.files().get("reading.tlog-proof"))
                .fault())
        .isEqualTo("the checkpoint is not cosigned by other.example");
  }

  @Test
  void falseFilesWithARightChecksumFailWithWhatIsWrong() {
    VECTORS
        .faults()
        .forEach(
            (name, says) -> {
              ReceiptVerifier.Result result = verify(VECTORS.files().get(name));
              assertThat(result.valid()).as(name).isFalse();
              assertThat(result.fault()).as(name).contains(says);
            });
  }

  /** A report is larger than the others: of it bits are changed, no bytes taken away or added. */
  @ParameterizedTest
  @CsvSource({"reading.tlog-proof, 7", "day.boe-bundle.json, 7", "report.boe-bundle.json, 3"})
  void aFileAlteredInAnySingleByteFailsWithWhatIsWrong(String name, int kinds) {
    byte[] good = VECTORS.files().get(name);
    for (int i = 0; i < good.length; i++) {
      for (byte[] altered : alterations(good, i).subList(0, kinds)) {
        ReceiptVerifier.Result result = verify(altered);
        assertThat(result.valid()).as("byte %d of %s", i, name).isFalse();
        assertThat(result.fault()).as("byte %d of %s", i, name).hasSizeGreaterThan(15);
      }
    }
  }

  /** A bit, the top bit, the case of a letter, one byte less, one more, and cut off here. */
  private static List<byte[]> alterations(byte[] good, int i) {
    List<byte[]> all = new ArrayList<>();
    for (int bit : new int[] {0x01, 0x80, 0x20}) {
      byte[] flipped = good.clone();
      flipped[i] ^= (byte) bit;
      all.add(flipped);
    }
    all.add(join(good, i, new byte[0], i + 1));
    all.add(join(good, i, new byte[] {good[i]}, i));
    all.add(join(good, i, new byte[] {' '}, i));
    all.add(Arrays.copyOf(good, i));
    return all;
  }

  private static byte[] join(byte[] good, int end, byte[] between, int begin) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(good, 0, end);
    joined.writeBytes(between);
    joined.write(good, begin, good.length - begin);
    return joined.toByteArray();
  }

  private ReceiptVerifier.Result verify(byte[] file) {
    return verifier.verify(file);
  }
}
