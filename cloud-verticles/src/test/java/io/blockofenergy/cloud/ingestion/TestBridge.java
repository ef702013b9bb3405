package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** Cuts batches as a bridge does. */
final class TestBridge {
  final String id;
  final SigningKey key = SigningKey.generate();
  final String journal = "0a1b2c3d";
  private final Random random = new Random(7);
  private final int noiseBytes;
  private long nextSeq = 1;
  private String prev = Batch.NO_PREV;

  TestBridge(String id) {
    this(id, 0);
  }

  /** With payloads of so many bytes that do not compress. */
  TestBridge(String id, int noiseBytes) {
    this.id = id;
    this.noiseBytes = noiseBytes;
  }

  String publicKey() {
    return Base64.getEncoder().encodeToString(key.publicKey());
  }

  /** The next batch, with as many readings. */
  Batch next(int count) {
    Batch batch = batch(nextSeq, count, prev);
    nextSeq += count;
    prev = batch.bodySha256();
    return batch;
  }

  /** Any batch; its readings' salts differ from call to call. */
  Batch batch(long firstSeq, int count, String previous) {
    List<byte[]> lines = new ArrayList<>(count);
    for (long seq = firstSeq; seq < firstSeq + count; seq++) {
      lines.add(reading(seq).canonicalJson());
    }
    return Batch.sign(id, journal, firstSeq, lines, previous, key);
  }

  Reading reading(long seq) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    byte[] noise = new byte[noiseBytes];
    random.nextBytes(noise);
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", random.nextInt(20_000) / 10.0);
    quantities.put("energyImportKwh", seq / 1000.0);
    Instant at = Instant.parse("2026-11-23T10:00:00Z").plusSeconds(seq);
    return new Reading(
        id,
        journal,
        seq,
        "plug7",
        "home",
        at,
        at,
        "tele/plug7/SENSOR",
        "tasmota",
        quantities,
        "2026-01-01T00:00:00",
        HexFormat.of().formatHex(salt),
        "{\"noise\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}");
  }
}
