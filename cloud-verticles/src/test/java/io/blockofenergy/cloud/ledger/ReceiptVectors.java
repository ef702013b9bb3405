package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files in webroot/test/vectors, which the verifier in Java and the one of the page are held
 * against: good ones, and false ones whose checksum is right. Always the same bytes.
 */
public final class ReceiptVectors {
  static final String DEVICE = "plug7";
  static final ZoneId ZONE = ZoneId.of("Europe/Skopje");

  /** In Skopje a day of 25 hours, from 22:00 to 23:00 UTC. */
  static final LocalDate DATE = LocalDate.of(2026, 10, 25);

  static final List<String> GOOD =
      List.of(
          "reading.tlog-proof",
          "act.tlog-proof",
          "unanchored.tlog-proof",
          "day.boe-bundle.json",
          "report.boe-bundle.json");

  private final SigningKey logKey = key("01");
  private final SigningKey witnessKey = key("02");
  private final List<LoggedRecord> log = new ArrayList<>();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, String> faults = new TreeMap<>();
  private final String note;

  public ReceiptVectors() {
    fillLog();
    note = cosigned(checkpoint(logKey));
    Anchor anchor =
        new Anchor(31337, "0x" + "5f".repeat(20), "0x" + "ab".repeat(32), 7L, 2, log.size());
    put("log.pub", key().toString());
    put("witness.pub", witness().toString());
    put("reading.tlog-proof", proof(log.get(3), anchor, note));
    put("act.tlog-proof", proof(log.get(0), anchor, note));
    put("unanchored.tlog-proof", proof(log.get(4), null, note));
    List<CounterSpan> spans = List.of(new CounterSpan(at(1), at(5)), new CounterSpan(at(6), at(9)));
    Map<String, Object> day = DayStatement.of(DEVICE, DATE, ZONE, spans).members();
    put("day.boe-bundle.json", bundle(day, note, anchor, 1, 5, 6, 9));
    Map<String, Object> report = new TreeMap<>();
    report.put("schema", "boe.report.v1");
    report.put("costEur", 1.31);
    report.put("tariffSha256", "cd".repeat(32));
    put("report.boe-bundle.json", bundle(report, note, anchor, 0, 1, 5));
    falseOnes(day, anchor);
    put("faults.json", new String(CanonicalJson.bytes(faults), StandardCharsets.UTF_8));
  }

  /** Every file by name. */
  public Map<String, byte[]> files() {
    return files;
  }

  /** What a false file's message must have in it, by the file's name. */
  Map<String, String> faults() {
    return faults;
  }

  public VerifierKey key() {
    return new VerifierKey("vectors.example/log", logKey.publicKey());
  }

  private void fillLog() {
    String act =
        "{\"at\":\"2026-10-24T20:00:00.000Z\",\"bridge\":\"bridge-01\",\"id\":\"@act.00000000.1\","
            + "\"kind\":\"key-pinned\",\"publicKey\":\"AAAA\",\"schema\":\"boe.act.v1\"}";
    log.add(LoggedRecord.ofAct(act.getBytes(StandardCharsets.UTF_8)));
    reading("2026-10-24T21:59:50.000Z", DEVICE, "2026-01-01", 100.1);
    reading("2026-10-24T22:00:00.000Z", DEVICE, "2026-01-01", 100.2);
    reading("2026-10-25T07:00:00.000Z", DEVICE, "2026-01-01", 104.7);
    reading("2026-10-25T07:00:00.000Z", "Kühlschrank ❄", "", null);
    reading("2026-10-25T09:00:00.000Z", DEVICE, "2026-01-01", 105.35);
    reading("2026-10-25T09:00:10.000Z", DEVICE, "2026-10-25", 0.02);
    reading("2026-10-25T09:00:20.000Z", "plug8", "2026-10-25", 7.0);
    reading("2026-10-25T20:00:00.000Z", DEVICE, "2026-10-25", 3.1);
    reading("2026-10-25T22:59:50.000Z", DEVICE, "2026-10-25", 3.5);
    reading("2026-10-25T23:00:00.000Z", DEVICE, "2026-10-25", 3.6);
    reading("2026-10-25T22:59:55.000Z", DEVICE, "2026-10-25", 3.55, "bridge-02", "home");
    reading("2026-10-25T22:59:55.000Z", DEVICE, "2026-10-25", 3.55, "bridge-01", "shed");
  }

  private void reading(String at, String device, String epoch, Double energy) {
    reading(at, device, epoch, energy, "bridge-01", "home");
  }

  private void reading(
      String at, String device, String epoch, Double energy, String bridge, String site) {
    TreeMap<String, Double> quantities = new TreeMap<>(Map.of("powerW", 203.0));
    if (energy != null) {
      quantities.put("energyImportKwh", energy);
    }
    log.add(
        LoggedRecord.of(
            new Reading(
                bridge,
                "0a1b2c3d",
                log.size(),
                device,
                site,
                Instant.parse(at),
                Instant.parse(at).plusMillis(33),
                "tele/x/SENSOR",
                "tasmota",
                quantities,
                epoch,
                String.format("%032x", log.size()),
                "{\"é\":\"\t\\\"\"}")));
  }

  private void falseOnes(Map<String, Object> day, Anchor anchor) {
    String wrongDay = "is not from";
    falseDay("sum", day, anchor, "energyImportKwh", 8.74, "add up to 8.73 kWh, not 8.74");
    falseDay("date", day, anchor, "date", "2026-10-26", wrongDay);
    falseDay("zone", day, anchor, "zone", "Europe/London", wrongDay);
    falseDay("no-zone", day, anchor, "zone", "Europe/Atlantis", "zone is not known");
    falseDay("zone-case", day, anchor, "zone", "europe/skopje", "zone is not known");
    falseDay("zone-est", day, anchor, "zone", "EST", "zone is not known");
    falseDay("last-date", day, anchor, "date", "9999-12-31", "date is not a day");
    falseDay("device", day, anchor, "device", "plug8", "is of plug7");
    falseDay("schema", day, anchor, "schema", "boe.week.v1", "not known: boe.week.v1");
    falseDay("member", day, anchor, "remark", "x", "unknown member \"remark\"");
    Map<String, Object> cut = with(day, "counters", List.of(counters(day).get(0)));
    put("false-unused.boe-bundle.json", bundle(cut, note, anchor, 1, 5, 6, 9));
    faults.put("false-unused.boe-bundle.json", "does not use its input bridge-01.0a1b2c3d.6");
    put("false-missing.boe-bundle.json", bundle(day, note, anchor, 1, 5, 6));
    faults.put("false-missing.boe-bundle.json", "bridge-01.0a1b2c3d.9, which is no input");
    Map<String, Object> first = new TreeMap<>(counters(day).get(0));
    first.put("energyImportKwh", 5.3);
    Map<String, Object> counter = with(day, "counters", List.of(first, counters(day).get(1)));
    put("false-energy.boe-bundle.json", bundle(counter, note, anchor, 1, 5, 6, 9));
    faults.put("false-energy.boe-bundle.json", "went by 5.25 kWh, not 5.3");
    Map<String, Object> late =
        DayStatement.of(
                DEVICE,
                DATE,
                ZONE,
                List.of(new CounterSpan(at(1), at(5)), new CounterSpan(at(6), at(10))))
            .members();
    put("false-late.boe-bundle.json", bundle(late, note, anchor, 1, 5, 6, 10));
    faults.put("false-late.boe-bundle.json", "was not measured on that day");
    twoMeters("bridge", anchor, 11);
    twoMeters("site", anchor, 12);
    String odd =
        "{\"at\":\"2026-10-24T20:00:00.000Z\",\"id\":\"@act.00000000.1\","
            + "\"kind\":\"x\\nVALID\",\"schema\":\"boe.act.v1\"}";
    put(
        "false-kind.tlog-proof",
        proof(
            new LoggedRecord(
                LoggedRecord.ACT,
                "@act.00000000.1",
                odd.getBytes(StandardCharsets.UTF_8),
                null,
                "x"),
            0,
            anchor,
            note));
    faults.put("false-kind.tlog-proof", "the act's kind");
    String forged = checkpoint(key("03"));
    put("false-signer.tlog-proof", proof(log.get(3), anchor, forged));
    faults.put("false-signer.tlog-proof", "not signed by vectors.example/log");
    String other =
        SignedNote.sign(
            new Checkpoint("other.example/log", log.size(), root(0, log.size())).text(),
            "vectors.example/log",
            logKey);
    put("false-log.tlog-proof", proof(log.get(3), anchor, other));
    faults.put("false-log.tlog-proof", "the checkpoint is of another log, other.example/log");
    Anchor small = new Anchor(31337, "0x" + "5f".repeat(20), null, null, 2, 3);
    put("false-anchor.tlog-proof", proof(log.get(3), small, note));
    faults.put("false-anchor.tlog-proof", "the anchor is of 3 entries, the checkpoint of 13");
    String swapped = bundle(day, note, anchor, 5, 1, 6, 9);
    put("false-order.boe-bundle.json", swapped);
    faults.put("false-order.boe-bundle.json", "not by rising index");
  }

  private void twoMeters(String what, Anchor anchor, int last) {
    List<CounterSpan> spans =
        List.of(new CounterSpan(at(1), at(5)), new CounterSpan(at(6), at(last)));
    Map<String, Object> day = DayStatement.of(DEVICE, DATE, ZONE, spans).members();
    String file = "false-" + what + ".boe-bundle.json";
    put(file, bundle(day, note, anchor, 1, 5, 6, last));
    faults.put(file, "are not of one bridge and one site");
  }

  private void falseDay(
      String name,
      Map<String, Object> day,
      Anchor anchor,
      String member,
      Object value,
      String says) {
    String file = "false-" + name + ".boe-bundle.json";
    put(file, bundle(with(day, member, value), note, anchor, 1, 5, 6, 9));
    faults.put(file, says);
  }

  private static Map<String, Object> with(Map<String, Object> members, String name, Object value) {
    Map<String, Object> changed = new TreeMap<>(members);
    changed.put(name, value);
    return changed;
  }

  @SuppressWarnings("unchecked") // as DayStatement writes them
  private static List<Map<String, Object>> counters(Map<String, Object> day) {
    return (List<Map<String, Object>>) day.get("counters");
  }

  private Reading at(int index) {
    return log.get(index).reading();
  }

  private String bundle(
      Map<String, Object> statement, String checkpoint, Anchor anchor, int... indexes) {
    Bundle bundle =
        new Bundle(
            statement, checkpoint, anchor, Arrays.stream(indexes).mapToObj(this::input).toList());
    return new String(bundle.bytes(), StandardCharsets.UTF_8);
  }

  private Bundle.Input input(int index) {
    return new Bundle.Input(log.get(index), index, path(index, 0, log.size()));
  }

  private String proof(LoggedRecord entry, Anchor anchor, String checkpoint) {
    return proof(entry, log.indexOf(entry), anchor, checkpoint);
  }

  private String proof(LoggedRecord entry, int index, Anchor anchor, String checkpoint) {
    Map<String, Object> extra = new TreeMap<>();
    if (anchor != null) {
      extra.put("anchor", anchor.members());
    }
    extra.put(entry.kind(), StrictJson.parse(entry.canonical(), "entry"));
    InclusionProof blank =
        new InclusionProof(new byte[] {1}, index, path(index, 0, log.size()), checkpoint);
    extra.put(
        FileChecksum.MEMBER, FileChecksum.of(extra, ReceiptVerifier.afterExtra(blank.text())));
    return new InclusionProof(CanonicalJson.bytes(extra), index, blank.hashes(), blank.checkpoint())
        .text();
  }

  /** PATH of RFC 6962 section 2.1.1, as it stands there. */
  private List<byte[]> path(int index, int begin, int end) {
    if (end - begin == 1) {
      return List.of();
    }
    int middle = begin + Integer.highestOneBit(end - begin - 1);
    boolean left = index < middle;
    List<byte[]> path =
        new ArrayList<>(left ? path(index, begin, middle) : path(index, middle, end));
    path.add(left ? root(middle, end) : root(begin, middle));
    return path;
  }

  private byte[] root(int begin, int end) {
    return PlainTree.root(log.subList(begin, end).stream().map(LoggedRecord::hash).toList());
  }

  private String checkpoint(SigningKey by) {
    String name = "vectors.example/log";
    return SignedNote.sign(new Checkpoint(name, log.size(), root(0, log.size())).text(), name, by);
  }

  private String cosigned(String signed) {
    Cosignature cosignature =
        Cosignature.sign(
            SignedNote.parse(signed).text(),
            "witness.example",
            witnessKey,
            Instant.ofEpochSecond(1_793_000_000L));
    return SignedNote.append(signed, List.of(cosignature.line()));
  }

  VerifierKey witness() {
    return new VerifierKey("witness.example", VerifierKey.Use.COSIGNATURE, witnessKey.publicKey());
  }

  private void put(String name, String text) {
    files.put(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private static SigningKey key(String pair) {
    try {
      Path file =
          Files.createTempFile(
              "boe-vectors",
              ".key",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, pair.repeat(32));
      try {
        return SigningKey.loadOrCreate(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
