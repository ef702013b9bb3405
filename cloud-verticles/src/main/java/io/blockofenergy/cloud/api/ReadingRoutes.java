package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.storage.CounterEnds;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.ReadingPage;
import io.blockofenergy.cloud.storage.ReadingQuery;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.storage.StoredReading;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Readings, and the receipts of readings and of a device's days. */
final class ReadingRoutes {
  private static final int DEFAULT_LIMIT = 100;

  private final ReadingStore readings;
  private final ReadingsCsv csv;
  private final CounterEnds days;
  private final DeviceStore devices;
  private final Receipts receipts;

  ReadingRoutes(ReadingStore readings, DeviceStore devices, Receipts receipts) {
    this.readings = readings;
    this.csv = new ReadingsCsv(readings);
    this.days = new CounterEnds(readings);
    this.devices = devices;
    this.receipts = receipts;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.ofEntries(
        Map.entry("getDayReceipt", this::dayReceipt),
        Map.entry("listReadings", this::readings),
        Map.entry("getReading", this::reading),
        Map.entry("getReceipt", this::receipt));
  }

  private void readings(RoutingContext context) {
    Query query = Query.of(context, "device", "from", "to", "limit", "cursor", "format");
    if (Answers.wantsCsv(context)) {
      csv(context, query);
      return;
    }
    ReadingQuery page =
        new ReadingQuery(
            query.text("device"),
            query.instant("from"),
            query.instant("to"),
            query.limit(DEFAULT_LIMIT, ReadingQuery.MAX_LIMIT),
            query.text("cursor"));
    Answers.json(
        context,
        readings
            .query(page)
            .map(
                found ->
                    new JsonObject()
                        .put(
                            "readings",
                            new JsonArray(
                                found.readings().stream().map(ReadingRoutes::json).toList()))
                        .put("damaged", new JsonArray(damaged(found)))
                        .put("erased", new JsonArray(erased(found)))
                        .put("nextCursor", found.nextCursor().orElse(null))));
  }

  private void csv(RoutingContext context, Query query) {
    for (String name : List.of("limit", "cursor")) {
      if (query.text(name).isPresent()) {
        throw Problem.badRequest(name + " is of pages, and CSV has none");
      }
    }
    csv.send(
        context,
        new ReadingQuery(
            query.text("device"),
            query.instant("from"),
            query.instant("to"),
            ReadingQuery.MAX_LIMIT,
            Optional.empty()));
  }

  private void reading(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    readings
        .find(id)
        .map(found -> Buffer.buffer(stored(id, found).canonicalJson()))
        .onSuccess(
            reading ->
                Answers.tagged(context, Answers.tag(reading), "application/json", () -> reading))
        .onFailure(context::fail);
  }

  private void receipt(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    readings
        .find(id)
        .compose(found -> receipts.receipt(stored(id, found)))
        .onSuccess(receipt -> Answers.receipt(context, id, receipt))
        .onFailure(context::fail);
  }

  /** The bundle that proves the energy of one device on one local day. */
  private void dayReceipt(RoutingContext context) {
    Query query = Query.of(context, "date", "zone");
    String id = context.pathParam("id");
    LocalDate date = query.date("date");
    ZoneId zone = query.zone("zone");
    Instant from = date.atStartOfDay(zone).toInstant();
    Instant to = date.plusDays(1).atStartOfDay(zone).toInstant();
    devices
        .device(id)
        .compose(
            device -> {
              device.orElseThrow(() -> Problem.notFound("there is no device " + id));
              return days.spans(id, from, to);
            })
        .compose(
            spans -> {
              if (spans.isEmpty()) {
                throw Problem.notFound(
                    id + " has no reading of its energy counter on " + date + " in " + zone);
              }
              return receipts.dayBundle(id, date, zone, spans);
            })
        .onSuccess(
            bundle ->
                context
                    .response()
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader(
                        "Content-Disposition",
                        "attachment; filename=\""
                            + Answers.fileName(id + '-' + date)
                            + ".boe-bundle.json\"")
                    .end(bundle))
        .onFailure(context::fail);
  }

  private static Reading stored(String id, Optional<StoredReading> found) {
    StoredReading stored = found.orElseThrow(() -> Problem.notFound("there is no reading " + id));
    if (stored.isErased()) {
      throw Problem.erased(id + " was erased by act " + stored.erased());
    }
    if (!stored.isReading()) {
      throw Problem.damaged(id + " was changed in the store: " + stored.fault());
    }
    return stored.reading();
  }

  /** Documents of the page that were changed so that they no longer are readings. */
  private static List<JsonObject> damaged(ReadingPage page) {
    return page.broken().stream()
        .map(broken -> new JsonObject().put("id", broken.id()).put("fault", broken.fault()))
        .toList();
  }

  /** What is left of readings of the page that were erased. */
  private static List<JsonObject> erased(ReadingPage page) {
    return page.erased().stream()
        .map(erased -> new JsonObject().put("id", erased.id()).put("act", erased.erased()))
        .toList();
  }

  private static JsonObject json(Reading reading) {
    return new JsonObject(Buffer.buffer(reading.canonicalJson()));
  }
}
