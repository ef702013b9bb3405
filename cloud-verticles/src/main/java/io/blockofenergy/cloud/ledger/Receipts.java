package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.ledger.ReceiptException.Reason;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Receipts: c2sp.org/tlog-proof texts whose extra line is the canonical JSON of {@code {"anchor":
 * {block, chainId, contract, index, transaction, treeSize}, "reading": …}}; {@code anchor} is
 * absent while no anchored checkpoint includes the reading. Safe for any thread.
 */
public final class Receipts {
  private final LogReader log;
  private final MongoClient mongo;
  private final Cosignatures cosignatures;
  private final VerifierKey key;

  /**
   * @param key the log's own
   */
  public Receipts(LogReader log, MongoClient mongo, VerifierKey key) {
    this.log = log;
    this.mongo = mongo;
    this.cosignatures = new Cosignatures(mongo);
    this.key = key;
  }

  /** The receipt of a stored reading; fails with {@link ReceiptException} when there is none. */
  public Future<String> receipt(Reading reading) {
    return Future.all(log.leafIndexOf(reading.id()), Anchoring.newestAnchored(mongo), log.newest())
        .compose(
            all -> {
              Optional<Long> index = all.resultAt(0);
              JsonObject anchor = all.resultAt(1);
              Optional<LogCheckpoint> newest = all.resultAt(2);
              long leaf = index.orElse(Long.MAX_VALUE);
              boolean anchored = anchor != null && anchor.getLong("_id") > leaf;
              if (anchored) {
                return log.checkpoint(anchor.getLong("_id"))
                    .compose(at -> receipt(reading, leaf, at.orElseThrow(), anchor));
              }
              if (newest.isEmpty() || newest.get().treeSize() <= leaf) {
                throw new ReceiptException(
                    Reason.NOT_YET_LOGGED, "no checkpoint includes " + reading.id() + " yet");
              }
              return receipt(reading, leaf, newest.get(), null);
            });
  }

  private Future<String> receipt(
      Reading reading, long leaf, LogCheckpoint checkpoint, JsonObject anchor) {
    return Future.all(
            log.inclusionProof(leaf, checkpoint.treeSize()), cosignatures.cosigned(checkpoint))
        .map(
            all -> {
              List<byte[]> hashes = all.resultAt(0);
              LogCheckpoint cosigned = all.resultAt(1);
              InclusionProof proof =
                  new InclusionProof(extra(reading, anchor), leaf, hashes, cosigned.note());
              try {
                proof.verify(reading.recordHash(), key);
              } catch (MalformedProofException e) {
                throw new ReceiptException(
                    Reason.NOT_AS_LOGGED,
                    "reading " + reading.id() + " is not as the log has it: " + e.getMessage());
              }
              return proof.text();
            });
  }

  /** Both members are in canonical form and order already, so their concatenation is too. */
  private static byte[] extra(Reading reading, JsonObject anchor) {
    ByteArrayOutputStream extra = new ByteArrayOutputStream();
    extra.writeBytes("{".getBytes(StandardCharsets.UTF_8));
    if (anchor != null) {
      Map<String, Object> members = new TreeMap<>();
      members.put("chainId", anchor.getLong("chainId"));
      members.put("contract", anchor.getString("contract"));
      members.put("index", anchor.getLong("index"));
      members.put("treeSize", anchor.getLong("_id"));
      // A node that keeps old states only may have forgotten in which transaction it was.
      if (anchor.getString("transaction") != null) {
        members.put("transaction", anchor.getString("transaction"));
        members.put("block", anchor.getLong("block"));
      }
      extra.writeBytes("\"anchor\":".getBytes(StandardCharsets.UTF_8));
      extra.writeBytes(CanonicalJson.bytes(members));
      extra.writeBytes(",".getBytes(StandardCharsets.UTF_8));
    }
    extra.writeBytes("\"reading\":".getBytes(StandardCharsets.UTF_8));
    extra.writeBytes(reading.canonicalJson());
    extra.writeBytes("}".getBytes(StandardCharsets.UTF_8));
    return extra.toByteArray();
  }
}
