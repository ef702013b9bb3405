package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
import java.util.Optional;
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
          "report.boe-bundle.json",
          "week.boe-bundle.json",
          "part.boe-bundle.json",
          "early.boe-bundle.json",
          "early-day.boe-bundle.json");

  private static final int[] OF_REPORT = {1, 5, 6, 7, 9, 13, 14, 15, 16};
  private static final String TARIFF =
      "{\"currency\":\"MKD\",\"id\":\"flat\",\"name\":\"Flat\",\"versions\":[{\"from\":\"2026-01-01\","
          + "\"bands\":[{\"name\":\"all\",\"blocks\":[{\"upToKwh\":210,\"pricePerKwh\":\"4.4376\"},"
          + "{\"pricePerKwh\":\"5.5664\"}]}],\"defaultBand\":\"all\"}]}";

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
    // In London the day begins an hour after the readings before it.
    ZoneId london = ZoneId.of("Europe/London");
    put(
        "early-day.boe-bundle.json",
        bundle(DayStatement.of(DEVICE, DATE, london, spans).members(), note, null, 1, 5, 6, 9));
    put(
        "early.boe-bundle.json",
        bundle(report("daily", "2026-10-25", false, london), note, null, OF_REPORT));
    Map<String, Object> report = report("daily", "2026-10-25", false);
    put("report.boe-bundle.json", bundle(report, note, anchor, OF_REPORT));
    put("week.boe-bundle.json", bundle(report("weekly", "2026-W43", false), note, null, OF_REPORT));
    put("part.boe-bundle.json", bundle(report("monthly", "2026-10", true), note, null, OF_REPORT));
    falseReports(report, anchor);
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
    reading("2026-10-24T21:50:00.000Z", "heater", "", 50.0);
    reading("2026-10-25T10:00:00.000Z", "heater", "", 55.5);
    reading("2026-10-25T10:10:00.000Z", "heater", "", 2.25);
    reading("2026-10-25T22:30:00.000Z", "heater", "", 4.0000000005);
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
    faults.put("false-anchor.tlog-proof", "the anchor is of 3 entries, the checkpoint of 17");
    String swapped = bundle(day, note, anchor, 5, 1, 6, 9);
    put("false-order.boe-bundle.json", swapped);
    faults.put("false-order.boe-bundle.json", "not by rising index");
  }

  /** Of three meters, one of them below another, and when asked for a fourth without a counter. */
  private Map<String, Object> report(String kind, String date, boolean estimated) {
    return report(kind, date, estimated, ZONE);
  }

  private Map<String, Object> report(String kind, String date, boolean estimated, ZoneId zone) {
    StatedPeriod period = StatedPeriod.of(kind, date, zone);
    JsonObject tariff = new JsonObject(TARIFF);
    String sha256 =
        Sha256.hex(StrictJson.canonical(ReportSources.withoutNulls(tariff), "the tariff"));
    JsonArray devices =
        new JsonArray()
            .add(device("heater", 7.250000001, true))
            .add(device(DEVICE, 8.73, true).put("name", "Kühlschrank ❄"))
            .add(device("plug8", 0, false));
    if (estimated) {
      devices.add(device("lamp", 0.5, true).put("estimated", true));
    }
    JsonObject report =
        new JsonObject()
            .put("schema", "boe.report.v1")
            .put("kind", kind)
            .put("date", date)
            .put("site", "home")
            .putNull("device")
            .put("zone", zone.getId())
            .put("from", Reading.format(period.begin()))
            .put("to", Reading.format(period.end()))
            .put("generatedAt", "2026-11-02T06:00:00.000Z")
            .put("complete", true)
            .put("currency", "MKD")
            .put("tariff", new JsonObject().put("id", "flat").put("sha256", sha256))
            .put(
                "summary",
                new JsonObject()
                    .put("energyKwh", estimated ? 16.480000001 : 15.980000001)
                    .putNull("peakW")
                    .put("coverage", 1)
                    .put("cost", new JsonObject().put("total", "70.91")))
            .put("devices", devices);
    List<Reading> evidence = Arrays.stream(OF_REPORT).mapToObj(this::at).toList();
    return new ReportSources(report, evidence, false).statement(Optional.of(tariff));
  }

  private static JsonObject device(String name, double energyKwh, boolean counted) {
    return new JsonObject()
        .put("device", name)
        .put("energyKwh", energyKwh)
        .put("counted", counted)
        .put("estimated", false);
  }

  private void falseReports(Map<String, Object> report, Anchor anchor) {
    falseReport(
        "sum",
        anchor,
        "add up to 15.980000001 kWh, the report says 15.98",
        changed(report, "report", "summary", Map.of("energyKwh", 15.98)));
    falseReport(
        "week",
        anchor,
        "date is not a week: 2026-W54",
        changed(report, "report", "date", "2026-W54", "kind", "weekly"));
    falseReport(
        "month",
        anchor,
        "the month 2026-10 is not from",
        changed(report, "report", "date", "2026-10", "kind", "monthly"));
    falseReport("site", anchor, "is of the site home", changed(report, "report", "site", "shed"));
    falseReport(
        "terms",
        anchor,
        "not the one that the report names",
        changed(report, "tariff", "currency", "EUR"));
    Map<String, Object> bare = new TreeMap<>(report);
    bare.remove("tariff");
    falseReport("no-terms", anchor, "lacks the tariff", bare);
    List<Map<String, Object>> sources = StrictJson.objects(report, "sources", "the report");
    falseReport(
        "sources",
        anchor,
        "is not of the report's device 0",
        with(report, "sources", List.of(sources.get(1), sources.get(0), sources.get(2))));
    twice(report, sources, anchor);
    falseReport(
        "excuse",
        anchor,
        "there is no reason \"lost\"",
        with(
            report,
            "sources",
            List.of(
                Map.of("device", "heater", "notShown", "lost"), sources.get(1), sources.get(2))));
    falseReport(
        "device-energy",
        anchor,
        "went by 8.73 kWh, the report says 8.7",
        changed(
            report,
            "report",
            "devices",
            List.of(
                Map.of("device", "heater", "energyKwh", 7.250000001, "counted", true),
                Map.of("device", DEVICE, "energyKwh", 8.7, "counted", true),
                Map.of("device", "plug8", "energyKwh", 0, "counted", false))));
    // What was taken between two spans must not be left out.
    List<Map<String, Object>> cut =
        List.of(
            CounterCheck.Kind.REPORT.state(new CounterSpan(at(1), at(2))).members(),
            CounterCheck.Kind.REPORT.state(new CounterSpan(at(3), at(5))).members(),
            CounterCheck.Kind.REPORT.state(new CounterSpan(at(6), at(9))).members());
    Map<String, Object> gap = with(sources.get(1), "counters", cut);
    Map<String, Object> gapped =
        with(report, "sources", List.of(sources.get(0), gap, sources.get(2)));
    put(
        "false-report-gap.boe-bundle.json",
        bundle(gapped, note, anchor, 1, 2, 3, 5, 6, 7, 9, 13, 14, 15, 16));
    faults.put("false-report-gap.boe-bundle.json", "the counter did not fall");
    put(
        "false-report-unused.boe-bundle.json",
        bundle(report, note, anchor, 1, 2, 5, 6, 7, 9, 13, 14, 15, 16));
    faults.put(
        "false-report-unused.boe-bundle.json", "does not use its input bridge-01.0a1b2c3d.2");
    put(
        "false-report-act.boe-bundle.json",
        bundle(report, note, anchor, 0, 1, 5, 6, 7, 9, 13, 14, 15, 16));
    faults.put("false-report-act.boe-bundle.json", "from something else than readings");
  }

  /** The same energy for two devices: of one name, shown or not, and of two. */
  private void twice(Map<String, Object> report, List<Map<String, Object>> sources, Anchor anchor) {
    Map<String, Object> counted = device("heater", 7.250000001, true).getMap();
    List<Map<String, Object>> doubled =
        List.of(counted, counted, device(DEVICE, 8.73, true).getMap());
    Map<String, Object> more =
        changed(
            changed(report, "report", "devices", doubled),
            "report",
            "summary",
            Map.of("energyKwh", 23.230000002));
    String says = "the report has the device heater twice";
    falseTwice(
        "twice",
        anchor,
        says,
        with(more, "sources", List.of(sources.get(0), sources.get(0), sources.get(1))));
    Map<String, Object> unshown = Map.of("device", "heater", "notShown", "differs");
    falseTwice(
        "twice-unshown",
        anchor,
        says,
        with(more, "sources", List.of(sources.get(0), unshown, sources.get(1))));
    Map<String, Object> borrowed = new TreeMap<>(sources.get(0));
    borrowed.put("device", "plug8");
    Map<String, Object> two =
        changed(
            report,
            "report",
            "devices",
            List.of(
                counted,
                device(DEVICE, 8.73, true).getMap(),
                device("plug8", 7.250000001, true).getMap()));
    falseTwice(
        "borrowed",
        anchor,
        "is of heater, the statement is on plug8",
        with(two, "sources", List.of(sources.get(0), sources.get(1), borrowed)));
  }

  private void falseReport(String name, Anchor anchor, String says, Map<String, Object> statement) {
    falseReport(name, anchor, says, statement, OF_REPORT);
  }

  /** Of what the heater and the plug need, so that nothing else is wrong with it. */
  private void falseTwice(String name, Anchor anchor, String says, Map<String, Object> statement) {
    falseReport(name, anchor, says, statement, 1, 5, 6, 9, 13, 14, 15, 16);
  }

  private void falseReport(
      String name, Anchor anchor, String says, Map<String, Object> statement, int... indexes) {
    String file = "false-report-" + name + ".boe-bundle.json";
    put(file, bundle(statement, note, anchor, indexes));
    faults.put(file, says);
  }

  private static Map<String, Object> changed(
      Map<String, Object> statement, String part, Object... members) {
    Map<String, Object> changed = new TreeMap<>(StrictJson.object(statement, part, "it"));
    for (int i = 0; i < members.length; i += 2) {
      changed.put((String) members[i], members[i + 1]);
    }
    return with(statement, part, changed);
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
