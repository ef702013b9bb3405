package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.ledger.ReceiptException.Reason;
import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.cloud.storage.StoredReading;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Receipts, c2sp.org/tlog-proof texts whose extra line is the canonical JSON of {@code {"anchor":
 * {block, chainId, contract, index, transaction, treeSize}, "fileSha256": …, "reading": …}} (or
 * {@code "act"}), and bundles, see {@link Bundle}. {@code anchor} is absent while no anchored
 * checkpoint includes the entries. Futures fail with {@link ReceiptException} when there is no
 * receipt. Safe for any thread.
 */
public final class Receipts {
  /** Within so many of the newest anchors an older one that is cosigned is preferred. */
  private static final int ANCHORS_LOOKED_AT = 32;

  /** Look-ups in the log under way for one receipt. */
  private static final int AT_A_TIME = 32;

  private final LogReader log;
  private final MongoClient mongo;
  private final Cosignatures cosignatures;
  private final VerifierKey key;

  /**
   * The tree that a receipt proves inclusion in.
   *
   * @param checkpoint its note with the cosignatures that witnesses have given
   * @param anchor or null
   */
  private record Head(LogCheckpoint checkpoint, Anchor anchor) {}

  /**
   * @param key the log's own
   */
  public Receipts(LogReader log, MongoClient mongo, VerifierKey key) {
    this.log = log;
    this.mongo = mongo;
    this.cosignatures = new Cosignatures(mongo);
    this.key = key;
  }

  /** The receipt of a stored reading. */
  public Future<String> receipt(Reading reading) {
    return receipt(LoggedRecord.of(reading));
  }

  /**
   * The receipt of an act.
   *
   * @param canonical the act as it was logged, its canonical JSON in UTF-8
   */
  public Future<String> actReceipt(String canonical) {
    return receipt(LoggedRecord.ofAct(canonical.getBytes(StandardCharsets.UTF_8)));
  }

  private Future<String> receipt(LoggedRecord entry) {
    return proved(List.of(entry), (head, inputs) -> text(inputs.get(0), head));
  }

  /**
   * The bundle that proves what a device took on a local day.
   *
   * @param spans of that day, by time
   */
  public Future<Buffer> dayBundle(
      String device, LocalDate date, ZoneId zone, List<CounterSpan> spans) {
    DayStatement statement = DayStatement.of(device, date, zone, spans);
    Map<String, LoggedRecord> entries = new LinkedHashMap<>();
    for (CounterSpan span : spans) {
      entries.putIfAbsent(span.first().id(), LoggedRecord.of(span.first()));
      entries.putIfAbsent(span.last().id(), LoggedRecord.of(span.last()));
    }
    return proved(
        List.copyOf(entries.values()),
        (head, inputs) ->
            Buffer.buffer(
                new Bundle(statement.members(), head.checkpoint().note(), head.anchor(), inputs)
                    .bytes()));
  }

  /**
   * The bundle that proves a report's energy, as far as the readings show it.
   *
   * @param report {@code boe.report.v1}
   * @param tariff the one that it names
   * @param evidence what is stored under the ids of the readings that its energy comes from
   * @return nothing when no device's energy follows from its readings, as when all are estimated.
   *     Fails when something else than a reading or what is left of an erased one is stored
   */
  public Future<Optional<Buffer>> reportBundle(
      JsonObject report, Optional<JsonObject> tariff, Collection<StoredReading> evidence) {
    Optional<StoredReading> damaged =
        evidence.stream().filter(each -> !each.isReading() && !each.isErased()).findFirst();
    if (damaged.isPresent()) {
      return Future.failedFuture(
          notAsLogged("reading " + damaged.get().id() + " is damaged: " + damaged.get().fault()));
    }
    return aside(() -> sources(report, evidence))
        .compose(
            sources ->
                sources.entries().isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : proved(
                        sources.entries(),
                        (head, inputs) ->
                            Optional.of(
                                Buffer.buffer(
                                    new Bundle(
                                            sources.statement(tariff),
                                            head.checkpoint().note(),
                                            head.anchor(),
                                            inputs)
                                        .bytes()))));
  }

  private static ReportSources sources(JsonObject report, Collection<StoredReading> evidence) {
    return new ReportSources(
        report,
        evidence.stream().filter(StoredReading::isReading).map(StoredReading::reading).toList(),
        evidence.stream().anyMatch(StoredReading::isErased));
  }

  private interface Writer<T> {
    T write(Head head, List<Bundle.Input> inputs);
  }

  /** Proves the entries under an anchored checkpoint, or under the newest when none has all. */
  private <T> Future<T> proved(List<LoggedRecord> entries, Writer<T> writer) {
    return each(entries, entry -> log.leafIndexOf(entry.id()))
        .compose(
            found -> {
              List<Bundle.Input> places = new ArrayList<>();
              for (int i = 0; i < entries.size(); i++) {
                places.add(
                    new Bundle.Input(
                        entries.get(i),
                        found.get(i).orElseThrow(notYetLogged(entries.get(i))),
                        List.of()));
              }
              places.sort(Comparator.comparingLong(Bundle.Input::index));
              return head(places.get(places.size() - 1))
                  .compose(head -> proved(places, head, writer));
            });
  }

  private <T> Future<T> proved(List<Bundle.Input> places, Head head, Writer<T> writer) {
    long size = head.checkpoint().treeSize();
    return each(places, at -> log.inclusionProof(at.index(), size))
        .compose(paths -> aside(() -> writer.write(head, withPaths(places, paths, head))));
  }

  /** Asks for each in turn, for a few at a time: a bundle may have 10,000 entries. */
  private static <T, R> Future<List<R>> each(List<T> items, Function<T, Future<R>> asks) {
    return each(items, asks, new ArrayList<>());
  }

  private static <T, R> Future<List<R>> each(
      List<T> items, Function<T, Future<R>> asks, List<R> answers) {
    int from = answers.size();
    if (from == items.size()) {
      return Future.succeededFuture(answers);
    }
    int to = Math.min(items.size(), from + AT_A_TIME);
    return Future.all(items.subList(from, to).stream().map(asks).toList())
        .compose(
            some -> {
              for (int i = 0; i < some.size(); i++) {
                answers.add(some.resultAt(i));
              }
              return each(items, asks, answers);
            });
  }

  /** Not on the event loop, which a large bundle would hold up. */
  private static <T> Future<T> aside(Callable<T> work) {
    Context context = Vertx.currentContext();
    if (context != null) {
      return context.executeBlocking(work, false);
    }
    try {
      return Future.succeededFuture(work.call()); // a thread of the caller's own
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }

  private Future<Head> head(Bundle.Input newest) {
    // The tree of as many entries as the index says does not have the entry yet.
    return Anchoring.anchoredBeyond(mongo, newest.index(), ANCHORS_LOOKED_AT)
        .compose(
            anchors ->
                anchors.isEmpty()
                    ? unanchored(newest)
                    : cosignatures
                        .newestCosigned(anchors.stream().map(each -> each.getLong("_id")).toList())
                        .compose(size -> anchored(anchors, size)));
  }

  /** By the newest anchor that a witness vouches for, else by the newest. */
  private Future<Head> anchored(List<JsonObject> anchors, OptionalLong cosigned) {
    JsonObject anchor =
        anchors.stream()
            .filter(each -> cosigned.isPresent() && each.getLong("_id") == cosigned.getAsLong())
            .findFirst()
            .orElse(anchors.get(0));
    return log.checkpoint(anchor.getLong("_id"))
        .compose(at -> cosignatures.cosigned(at.orElseThrow()))
        .map(noted -> new Head(noted, Anchor.of(anchor)));
  }

  private Future<Head> unanchored(Bundle.Input newest) {
    return log.newest()
        .compose(
            checkpoint ->
                cosignatures.cosigned(
                    checkpoint
                        .filter(at -> at.treeSize() > newest.index())
                        .orElseThrow(notYetLogged(newest.entry()))))
        .map(noted -> new Head(noted, null));
  }

  private static Supplier<ReceiptException> notYetLogged(LoggedRecord entry) {
    return () ->
        new ReceiptException(
            Reason.NOT_YET_LOGGED, "no checkpoint includes " + entry.id() + " yet");
  }

  private List<Bundle.Input> withPaths(
      List<Bundle.Input> places, List<List<byte[]>> paths, Head head) {
    long size = head.checkpoint().treeSize();
    byte[] root = root(head.checkpoint());
    List<Bundle.Input> inputs = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      Bundle.Input at = places.get(i);
      // What cannot be proved must not be given out as a receipt.
      if (!MerkleTree.verifyInclusion(
          MerkleTree.leafHash(at.entry().hash()), at.index(), size, paths.get(i), root)) {
        throw notAsLogged(at.entry().kind() + " " + at.entry().id() + " is not as the log has it");
      }
      inputs.add(new Bundle.Input(at.entry(), at.index(), paths.get(i)));
    }
    return inputs;
  }

  private byte[] root(LogCheckpoint checkpoint) {
    try {
      return Checkpoint.parse(SignedNote.verify(checkpoint.note(), key)).root();
    } catch (MalformedProofException e) {
      throw notAsLogged(
          "the checkpoint of "
              + checkpoint.treeSize()
              + " entries is not as it was signed: "
              + e.getMessage());
    }
  }

  private static ReceiptException notAsLogged(String message) {
    return new ReceiptException(Reason.NOT_AS_LOGGED, message);
  }

  private static String text(Bundle.Input input, Head head) {
    Map<String, Object> extra = new TreeMap<>();
    if (head.anchor() != null) {
      extra.put("anchor", head.anchor().members());
    }
    extra.put(
        input.entry().kind(),
        StrictJson.parse(input.entry().canonical(), "the " + input.entry().kind()));
    InclusionProof blank =
        new InclusionProof(new byte[] {'{'}, input.index(), input.path(), head.checkpoint().note());
    extra.put(
        FileChecksum.MEMBER, FileChecksum.of(extra, ReceiptVerifier.afterExtra(blank.text())));
    return new InclusionProof(
            StrictJson.canonical(extra, "the receipt"),
            input.index(),
            input.path(),
            head.checkpoint().note())
        .text();
  }
}
