package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.erdtman.jcs.JsonCanonicalizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadingTest {
  private static final String CANONICAL =
      "{\"bridge\":\"bridge-01\",\"counterEpoch\":\"2025-08-21T00:00:00\",\"device\":\"plug7\","
          + "\"format\":\"tasmota\",\"id\":\"bridge-01.0a1b2c3d.1\",\"journal\":\"0a1b2c3d\","
          + "\"measuredAt\":\"2025-08-21T18:23:28.067Z\","
          + "\"payload\":\"{\\\"ENERGY\\\":{\\\"Power\\\":203}}\","
          + "\"quantities\":{\"energyImportKwh\":10.017,\"powerW\":203},"
          + "\"receivedAt\":\"2025-08-21T18:23:28.100Z\","
          + "\"salt\":\"00112233445566778899aabbccddeeff\",\"seq\":1,\"site\":\"home\","
          + "\"topic\":\"tele/plug7/SENSOR\"}";

  @Test
  void theCanonicalFormAndItsHashAreTheDocumentedVector() {
    assertThat(new String(Readings.reading(1).canonicalJson(), StandardCharsets.UTF_8))
        .isEqualTo(CANONICAL);
    assertThat(HexFormat.of().formatHex(Readings.reading(1).recordHash()))
        .isEqualTo("73b981a7221b7a4678d29c8f3a6b4187cae57c7a4a571eeb274f976a021a15f4");
  }

  @Test
  void theCanonicalFormIsTheReferenceImplementations() throws Exception {
    byte[] canonical = Readings.reading(1).canonicalJson();
    assertThat(canonical).isEqualTo(new JsonCanonicalizer(canonical).getEncodedUTF8());
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Reading reading = Readings.reading(9_007_199_254_740_992L);
    assertThat(Reading.parseCanonical(reading.canonicalJson())).isEqualTo(reading);
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"seq\":1,|\"seq\":1 ,|a space",
        "\"seq\":1|\"seq\":1.0|a decimal point in seq",
        "\"seq\":1|\"seq\":0|seq zero",
        "\"seq\":1|\"seq\":99999999999999999999|seq beyond 64 bits",
        "\"powerW\":203|\"powerW\":2.03e2|another form of a number",
        "\"powerW\":203|\"powerW\":\"203\"|a text as quantity",
        "\"powerW\":203|\"powerKw\":203|an unknown quantity",
        "\"powerW\":203|\"powerW\":203,\"powerW\":204|a repeated quantity",
        "\"site\":\"home\"|\"site\":\"\"|an empty site",
        "\"site\":\"home\",||a missing site",
        "\"site\":|\"color\":\"red\",\"site\":|an unknown member",
        "18:23:28.067Z|18:23:28.067+00:00|another zone form",
        "18:23:28.067Z|18:23:28.0670Z|four decimals",
        "bridge-01.0a1b2c3d.1|bridge-01.0a1b2c3d.2|an id that does not fit",
        "00112233|0011223X|a salt that is not hex",
      })
  void anyOtherTextIsRefused(String from, String to, String what) {
    String text = CANONICAL.replace(from, to == null ? "" : to);
    assertThat(text).isNotEqualTo(CANONICAL);
    assertThatThrownBy(() -> Reading.parseCanonical(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageMatching(".+");
  }

  @Test
  void everyTruncationAndEveryChangedByteIsRefusedOrHashesDifferently() {
    byte[] canonical = Readings.reading(1).canonicalJson();
    byte[] hash = Readings.reading(1).recordHash();
    for (int i = 0; i < canonical.length; i++) {
      byte[] cut = Arrays.copyOf(canonical, i);
      assertThatThrownBy(() -> Reading.parseCanonical(cut))
          .isInstanceOf(MalformedReadingException.class);
      byte[] changed = canonical.clone();
      changed[i] ^= 1;
      try {
        assertThat(Reading.parseCanonical(changed).recordHash()).isNotEqualTo(hash);
      } catch (MalformedReadingException expected) {
        assertThat(expected).hasMessageMatching("(?s).+");
      }
    }
  }
}
