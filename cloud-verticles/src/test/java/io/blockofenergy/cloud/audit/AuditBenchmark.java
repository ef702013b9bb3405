package io.blockofenergy.cloud.audit;

import io.blockofenergy.cloud.audit.Documents.Kept;
import io.blockofenergy.cloud.ledger.AnchorKey;
import io.blockofenergy.cloud.ledger.ChainAnchor;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.local.LocalChain;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * A full audit on the embedded store, and beside it in the same run: one read of the ledger a
 * reading, as a system does that keeps each record's hash on the chain, and the least that an audit
 * could do, which is to read the store once and hash it. {@code mvn -Pbench -DskipTests verify}.
 */
public final class AuditBenchmark {
  private static final int READINGS = Integer.getInteger("bench.audited", 200_000);
  private static final int BATCH = 250;
  private static final int PLUGS = 20;
  private static final int RECEIPTS = 1000;
  private static final Duration PEER = Duration.ofSeconds(5);

  private AuditBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path data = Files.createTempDirectory("boe-audit-bench");
    AuditFixture fixture = new AuditFixture(data, AuditBenchmark::reading);
    try {
      for (int first = 1; first <= READINGS; first += BATCH) {
        fixture.append(first, BATCH, true);
      }
      fixture.awaitAnchored(READINGS);
      measure(fixture, data);
    } finally {
      fixture.close();
    }
  }

  private static Reading reading(long seq) {
    Instant at = Instant.parse("2026-01-01T00:00:00Z").plus(Duration.ofSeconds(seq / PLUGS * 60));
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", (seq * 7919 % 200_000) / 100.0);
    quantities.put("energyImportKwh", seq / 1000.0);
    quantities.put("voltageV", 230 + seq % 70 / 10.0);
    return new Reading(
        "bridge",
        AuditFixture.JOURNAL,
        seq,
        "plug" + seq % PLUGS,
        "home",
        at,
        at.plusMillis(40),
        "tele/plug" + seq % PLUGS + "/SENSOR",
        "tasmota",
        quantities,
        "2026-01-01T00:00:00",
        Sha256.hex(Long.toString(seq).getBytes(StandardCharsets.US_ASCII)).substring(32),
        "{\"Time\":\"2026-01-01T00:00:00\",\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\","
            + "\"Total\":10.017,\"Yesterday\":0.241,\"Today\":0.203,\"Period\":5,\"Power\":"
            + seq % 2000
            + ",\"ApparentPower\":120,\"ReactivePower\":61,\"Factor\":0.86,\"Voltage\":231,"
            + "\"Current\":0.518}}");
  }

  private static void measure(AuditFixture fixture, Path data) throws Exception {
    double scan = scan(fixture);
    long[] peak = new long[2];
    Audit audit =
        fixture.newAudit(
            Clock.systemUTC(),
            run -> {
              // What lives at a third of the way and at the end, the store's cache included.
              int half = run.getLong("checked") < READINGS / 2 ? 0 : 1;
              System.gc();
              Runtime runtime = Runtime.getRuntime();
              peak[half] = Math.max(peak[half], runtime.totalMemory() - runtime.freeMemory());
            });
    AuditRun run = audit.begin(AuditKind.FULL);
    long start = System.nanoTime();
    audit.perform(run);
    double audited = rate(READINGS, start);
    if (run.checked != READINGS || run.findings != 0) {
      throw new IllegalStateException("the audit ended with " + run.json());
    }
    double chain = chainReads(data);
    System.out.printf(
        Locale.ROOT,
        "%n%,d readings, embedded store, %d cores%n",
        READINGS,
        Runtime.getRuntime().availableProcessors());
    print("full audit", audited, chain, scan);
    print("store scan and SHA-256, nothing else", scan, chain, scan);
    print("one read of the contract a reading", chain, chain, scan);
    System.out.printf(
        Locale.ROOT,
        "  live heap, store's cache included: %,d MiB in the first half, %,d MiB in the second%n",
        peak[0] >> 20,
        peak[1] >> 20);
    receipts(fixture);
  }

  /**
   * What a receipt of one reading weighs, and how long it takes to give one out and to check it.
   */
  private static void receipts(AuditFixture fixture) throws Exception {
    Receipts receipts =
        new Receipts(new LogReader(fixture.store), fixture.client, fixture.log.verifierKey());
    ReceiptVerifier verifier = new ReceiptVerifier(fixture.log.verifierKey(), null, null);
    List<byte[]> given = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 1; i <= RECEIPTS; i++) {
      Reading reading = fixture.reading((long) i * READINGS / RECEIPTS);
      given.add(Mongo.await(receipts.receipt(reading)).getBytes(StandardCharsets.UTF_8));
    }
    double giving = rate(RECEIPTS, start);
    start = System.nanoTime();
    for (byte[] receipt : given) {
      if (!verifier.verify(receipt).valid()) {
        throw new IllegalStateException(new String(receipt, StandardCharsets.UTF_8));
      }
    }
    double checking = rate(RECEIPTS, start);
    System.out.printf(
        Locale.ROOT,
        "  receipt: %,d bytes of a reading of %,d; given out in %.2f ms, checked in %.2f ms%n",
        given.get(RECEIPTS / 2).length,
        fixture.reading(READINGS / 2).canonicalJson().length,
        1000 / giving,
        1000 / checking);
  }

  private static void print(String what, double rate, double chain, double scan) {
    System.out.printf(
        Locale.ROOT,
        "  %-40s %,9.0f/s  %6.1f of one read a reading, %.2f of the scan%n",
        what,
        rate,
        rate / chain,
        rate / scan);
  }

  private static double scan(AuditFixture fixture) {
    Cursor cursor = new Cursor(new Documents(fixture.client, () -> {}), "readings", "", 1000);
    long start = System.nanoTime();
    long count = 0;
    int sum = 0;
    for (Kept kept = cursor.next(); kept != null; kept = cursor.next()) {
      sum += StoredReading.of(kept.document()).hash()[0];
      count++;
    }
    double rate = rate(count, start);
    if (count != READINGS) {
      throw new IllegalStateException(count + " readings, checksum " + sum);
    }
    return rate;
  }

  private static double chainReads(Path data) throws Exception {
    AnchorKey key = AnchorKey.loadOrCreate(data.resolve("anchor.key"));
    try (LocalChain chain = new LocalChain(LocalChain.findAnvil(), data.resolve("chain"), 0)) {
      chain.start();
      chain.fund(key.address());
      try (ChainAnchor anchors =
          new ChainAnchor(chain.rpcUrl(), key, Duration.ofSeconds(10), Duration.ofMillis(20))) {
        String contract = anchors.ensureContract(null);
        anchors.anchor(
            READINGS,
            new byte[] {
              1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
              25, 26, 27, 28, 29, 30, 31, 32
            });
        EvmNode node = new EvmNode(chain.rpcUrl());
        long start = System.nanoTime();
        long reads = 0;
        while (System.nanoTime() - start < PEER.toNanos()) {
          node.checkpointAt(contract, 0);
          reads++;
        }
        return rate(reads, start);
      }
    }
  }

  private static double rate(long count, long start) {
    return count * 1e9 / (System.nanoTime() - start);
  }
}
