package io.blockofenergy.cloud.report.pack;

import io.blockofenergy.cloud.report.ReportCsv;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes the pack of a period that has ended, once: as long as the report says the same there is no
 * other. When it says something else, as after late readings, a further pack is made, with the next
 * revision, that names the one it replaces. Safe for any thread.
 */
public final class PackMaker {
  /** Event bus address on which the id of a pack that was made is published. */
  public static final String MADE = "packs.made";

  /** A larger file does not fit a mail; the receipt of such a report is had from the API. */
  static final int MAX_FILE_BYTES = 8 << 20;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS").withZone(ZoneOffset.UTC);

  private final Vertx vertx;
  private final PackReports reports;
  private final PackStore store;
  private final List<String> channels;
  private final String logKey;
  private final Clock clock;

  /**
   * @param config tells which ways packs have to go
   * @param logKey the log's verifier key
   */
  public PackMaker(
      Vertx vertx,
      PackReports reports,
      PackStore store,
      PackConfig config,
      String logKey,
      Clock clock) {
    this.vertx = vertx;
    this.reports = reports;
    this.store = store;
    this.channels = config.channels();
    this.logKey = logKey;
    this.clock = clock;
  }

  /** The period has not ended. */
  public static final class UnfinishedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnfinishedException(String period, String end) {
      super("the period " + period + " ends at " + end);
    }
  }

  /** There is no period of that name. */
  public static final class NoPeriodException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoPeriodException(String period) {
      super("there is no period \"" + period + "\": write 2026-11, 2026-W48, 2026-11-23 or 2026");
    }
  }

  /** The id of the first pack of a period. */
  static String id(String site, PackPeriod period) {
    return site + '-' + period.date();
  }

  /**
   * The SHA-256 of the report, canonical (RFC 8785), without members that are null and without
   * {@code generatedAt}: the same as long as it says the same.
   */
  static String contentSha256(JsonObject report) {
    JsonObject content = new JsonObject(report.toBuffer());
    content.remove("generatedAt");
    return Sha256.hex(CanonicalJson.bytes(withoutNulls(content)));
  }

  /**
   * The pack, made now unless there is one that says the same: that is sent again, where its
   * delivery was given up.
   *
   * @return as the API shows it; fails with {@link NoPeriodException}, {@link UnfinishedException},
   *     {@link UnavailableException} while the report's figures are being made anew, or as {@link
   *     PackReports} does
   */
  public Future<JsonObject> make(String site, String period) {
    Optional<PackPeriod> known = PackPeriod.parse(period);
    if (known.isEmpty()) {
      return Future.failedFuture(new NoPeriodException(period));
    }
    return reports
        .report(known.get().kind(), period, site)
        .compose(report -> make(site, known.get(), report));
  }

  private Future<JsonObject> make(String site, PackPeriod period, JsonObject report) {
    if (Instant.parse(report.getString("to")).isAfter(clock.instant())) {
      return Future.failedFuture(new UnfinishedException(period.date(), report.getString("to")));
    }
    if (report.getBoolean("rebuilding", false)) {
      return Future.failedFuture(
          new UnavailableException(
              "figures of " + site + " in " + period.date() + " are being made anew"));
    }
    String sha256 = contentSha256(report);
    return store
        .latest(id(site, period))
        .compose(
            latest ->
                latest.isPresent() && sha256.equals(latest.get().getString("reportSha256"))
                    ? again(latest.get())
                    : reports
                        .receipt(report)
                        .compose(receipt -> make(site, period, report, latest, receipt)));
  }

  /** What was given up is sent again: whoever asks for it may have mended why. */
  private Future<JsonObject> again(JsonObject pack) {
    return PackStore.shown(pack).getString("state").equals("failed")
        ? store.sendAgain(pack, clock.instant()).compose(this::made)
        : Future.succeededFuture(PackStore.shown(pack));
  }

  private Future<JsonObject> make(
      String site,
      PackPeriod period,
      JsonObject report,
      Optional<JsonObject> latest,
      Optional<Buffer> receipt) {
    int revision = latest.map(before -> before.getInteger("revision") + 1).orElse(1);
    String first = id(site, period);
    Instant now = clock.instant();
    JsonObject pack =
        new JsonObject()
            .put("_id", revision == 1 ? first : first + '.' + revision)
            .put("first", first)
            .put("site", site)
            .put("period", period.date())
            .put("revision", revision)
            .put("replaces", latest.map(before -> before.getString("_id")).orElse(null))
            .put("createdAt", Reading.format(now))
            .put(
                "message",
                "msg_"
                    + TIME.format(now)
                    + String.format(Locale.ROOT, "%08x", ThreadLocalRandom.current().nextInt()))
            .put("reportSha256", contentSha256(report))
            .put("energyKwh", report.getJsonObject("summary").getValue("energyKwh"))
            .put("currency", report.getString("currency"))
            .put("cost", total(report))
            .put(PackStore.CHANNELS, new JsonArray(channels));
    channels.forEach(channel -> pack.put(channel, "pending"));
    return vertx
        .executeBlocking(() -> files(pack, report, receipt), false)
        .compose(files -> store.insert(pack, files))
        .compose(
            inserted ->
                inserted
                    ? made(pack)
                    // Somebody else has made it meanwhile.
                    : store.pack(pack.getString("_id")).map(Optional::orElseThrow));
  }

  private Future<JsonObject> made(JsonObject pack) {
    vertx.eventBus().publish(MADE, pack.getString("_id"));
    return Future.succeededFuture(PackStore.shown(pack));
  }

  private static String total(JsonObject report) {
    JsonObject cost = report.getJsonObject("summary").getJsonObject("cost");
    return cost == null ? null : cost.getString("total");
  }

  private List<PackFile> files(JsonObject pack, JsonObject report, Optional<Buffer> receipt) {
    Optional<Buffer> bundle = receipt.filter(file -> file.length() <= MAX_FILE_BYTES);
    PackPdf.Context context =
        new PackPdf.Context(
            pack.getString("_id"),
            pack.getString("replaces"),
            pack.getString("reportSha256"),
            bundle.map(file -> Sha256.hex(file.getBytes())).orElse(null),
            bundle.isEmpty() && receipt.isPresent(),
            logKey);
    List<PackFile> files = new ArrayList<>();
    files.add(new PackFile(PackFile.Name.PDF, Buffer.buffer(PackPdf.of(report, context))));
    files.add(new PackFile(PackFile.Name.CSV, csv(report)));
    bundle.ifPresent(file -> files.add(new PackFile(PackFile.Name.BUNDLE, file)));
    JsonObject about = new JsonObject();
    for (PackFile file : files) {
      about.put(
          file.name().name(),
          new JsonObject()
              .put("bytes", file.content().length())
              .put("sha256", Sha256.hex(file.content().getBytes())));
    }
    pack.put("files", about);
    return files;
  }

  private static Buffer csv(JsonObject report) {
    Buffer table = Buffer.buffer();
    ReportCsv.write(report, table::appendString);
    return table;
  }

  private static Map<String, Object> withoutNulls(JsonObject object) {
    Map<String, Object> members = new TreeMap<>();
    object.forEach(
        member -> {
          if (member.getValue() != null) {
            members.put(member.getKey(), plain(member.getValue()));
          }
        });
    return members;
  }

  private static Object plain(Object value) {
    if (value instanceof JsonObject object) {
      return withoutNulls(object);
    }
    if (value instanceof JsonArray array) {
      return array.stream().map(PackMaker::plain).toList();
    }
    return value;
  }
}
