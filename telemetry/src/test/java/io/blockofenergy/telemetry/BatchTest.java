package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class BatchTest {
  private final SigningKey key = SigningKey.generate();
  private final Batch batch = batch(5, 100);

  private Batch batch(long firstSeq, int count) {
    List<byte[]> lines =
        LongStream.range(firstSeq, firstSeq + count)
            .mapToObj(seq -> Readings.reading(seq).canonicalJson())
            .toList();
    return Batch.sign("bridge-01", "0a1b2c3d", firstSeq, lines, Batch.NO_PREV, key);
  }

  private static Batch received(Batch sent) {
    return Batch.fromMessage(sent.bridge(), sent.applicationProperties(), sent.body());
  }

  @Test
  void whatIsSentIsReceivedAndVerifies() {
    Batch received = received(batch);
    assertThat(received).isEqualTo(batch);
    assertThat(received.isSignedBy(key.publicKey())).isTrue();
    assertThat(received.readings())
        .hasSize(100)
        .contains(Readings.reading(5), Readings.reading(104));
    assertThat(received.id()).isEqualTo("bridge-01.0a1b2c3d.5");
    assertThat(received.sortableId()).isEqualTo("bridge-01.0a1b2c3d.0000000000000005");
  }

  @Test
  void eachSignedPartIsCoveredByTheSignature() {
    Map<String, String> changes =
        Map.of(
            "journal", "ffffffff",
            "firstSeq", "6",
            "count", "99",
            "bodySha256", "1".repeat(64),
            "prev", "1".repeat(64));
    changes.forEach(
        (name, value) -> {
          Map<String, String> properties = new HashMap<>(batch.applicationProperties());
          properties.put(name, value);
          Batch changed = Batch.fromMessage(batch.bridge(), properties, batch.body());
          assertThat(changed.isSignedBy(key.publicKey())).as(name).isFalse();
        });
    assertThat(
            Batch.fromMessage("other", batch.applicationProperties(), batch.body())
                .isSignedBy(key.publicKey()))
        .isFalse();
    byte[] body = batch.body().clone();
    body[body.length / 2] ^= 1;
    assertThat(
            Batch.fromMessage(batch.bridge(), batch.applicationProperties(), body)
                .isSignedBy(key.publicKey()))
        .isFalse();
    assertThat(batch.isSignedBy(SigningKey.generate().publicKey())).isFalse();
  }

  @Test
  void aMissingOrMalformedPropertyIsNamed() {
    for (String name : batch.applicationProperties().keySet()) {
      Map<String, String> properties = new HashMap<>(batch.applicationProperties());
      properties.put(name, "?");
      assertThatThrownBy(() -> Batch.fromMessage("bridge-01", properties, batch.body()))
          .isInstanceOf(MalformedReadingException.class)
          .hasMessageContaining(name);
      properties.remove(name);
      assertThatThrownBy(() -> Batch.fromMessage("bridge-01", properties, batch.body()))
          .isInstanceOf(MalformedReadingException.class)
          .hasMessageContaining(name);
    }
  }

  @Test
  void aGapOrAWrongCountIsRefused() {
    List<byte[]> gap =
        List.of(Readings.reading(1).canonicalJson(), Readings.reading(3).canonicalJson());
    Batch withGap = Batch.sign("bridge-01", "0a1b2c3d", 1, gap, Batch.NO_PREV, key);
    assertThatThrownBy(withGap::readings).hasMessageContaining("expected reading");

    Map<String, String> properties = new HashMap<>(batch.applicationProperties());
    properties.put("count", "99");
    Batch wrongCount = Batch.fromMessage("bridge-01", properties, batch.body());
    assertThatThrownBy(wrongCount::readings).hasMessageContaining("100 readings");
  }

  @Test
  void aBodyThatUnfoldsBeyondTheBoundIsRefused() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(new byte[Batch.MAX_UNCOMPRESSED_BYTES + 1]);
    }
    Batch bomb = Batch.fromMessage("bridge-01", batch.applicationProperties(), bytes.toByteArray());
    assertThatThrownBy(bomb::readings).hasMessageContaining("unfolds to more than");
    Batch noGzip =
        Batch.fromMessage("bridge-01", batch.applicationProperties(), "no gzip".getBytes());
    assertThatThrownBy(noGzip::readings).isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void theSameReadingsGiveTheSameBytes() {
    List<Batch> twice = new ArrayList<>(List.of(batch(5, 100), batch(5, 100)));
    assertThat(twice.get(0).body()).isEqualTo(twice.get(1).body());
    assertThat(twice.get(0).signature()).isEqualTo(twice.get(1).signature());
  }
}
