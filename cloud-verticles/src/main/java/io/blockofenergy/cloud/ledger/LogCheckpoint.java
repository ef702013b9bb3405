package io.blockofenergy.cloud.ledger;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HexFormat;

/**
 * A checkpoint as it is kept.
 *
 * @param treeSize number of entries
 * @param root RFC 6962 root, 32 bytes
 * @param note the signed note, c2sp.org/tlog-checkpoint
 * @param createdAt when the round that it ends was staged
 */
public record LogCheckpoint(long treeSize, byte[] root, String note, Instant createdAt) {

  /** The root as 64 hex digits. */
  public String rootHex() {
    return HexFormat.of().formatHex(root);
  }

  /** The message on {@code live.checkpoints}. */
  public JsonObject live() {
    return new JsonObject()
        .put("type", "checkpoint")
        .put("treeSize", treeSize)
        .put("rootHash", rootHex())
        .put("createdAt", io.blockofenergy.telemetry.Reading.format(createdAt));
  }
}
