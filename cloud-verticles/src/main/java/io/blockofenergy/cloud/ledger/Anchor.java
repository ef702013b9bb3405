package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.log.MalformedProofException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where a receipt says that its checkpoint is anchored. Nothing of it is covered by the log's
 * signature: the chain has to be asked.
 *
 * @param chainId the chain's id, EIP-155
 * @param contract the contract's address, 0x and 40 hex digits, lower case
 * @param transaction 0x and 64 hex digits; null when the node no longer knew it
 * @param block in which the transaction was mined; null with the transaction
 * @param index place in the contract's list, from 0
 * @param treeSize the anchored number of entries
 */
record Anchor(
    long chainId, String contract, String transaction, Long block, long index, long treeSize) {
  private static final Set<String> MEMBERS =
      Set.of("chainId", "contract", "transaction", "block", "index", "treeSize");
  private static final String WHAT = "the receipt's anchor";

  /** Of a document of collection {@code anchors} in state {@code anchored}. */
  static Anchor of(JsonObject document) {
    String transaction = document.getString("transaction");
    return new Anchor(
        document.getLong("chainId"),
        document.getString("contract"),
        transaction,
        // A node that keeps old states only may have forgotten in which transaction it was.
        transaction == null ? null : document.getLong("block"),
        document.getLong("index"),
        document.getLong("_id"));
  }

  /**
   * @throws MalformedProofException when a member is missing, unknown or not of its form
   */
  static Anchor parse(Map<String, Object> members) {
    StrictJson.onlyMembers(members, MEMBERS, WHAT);
    String contract = StrictJson.member(members, "contract", String.class, WHAT);
    boolean mined = members.containsKey("transaction") || members.containsKey("block");
    String transaction =
        mined ? StrictJson.member(members, "transaction", String.class, WHAT) : null;
    if (!contract.matches("0x[0-9a-f]{40}")) {
      throw new MalformedProofException(WHAT + " does not name a contract's address");
    }
    if (mined && !transaction.matches("0x[0-9a-f]{64}")) {
      throw new MalformedProofException(WHAT + " does not name a transaction's hash");
    }
    return new Anchor(
        StrictJson.member(members, "chainId", Long.class, WHAT),
        contract,
        transaction,
        mined ? StrictJson.member(members, "block", Long.class, WHAT) : null,
        StrictJson.member(members, "index", Long.class, WHAT),
        StrictJson.member(members, "treeSize", Long.class, WHAT));
  }

  Map<String, Object> members() {
    Map<String, Object> members = new TreeMap<>();
    members.put("chainId", chainId);
    members.put("contract", contract);
    members.put("index", index);
    members.put("treeSize", treeSize);
    if (transaction != null) {
      members.put("transaction", transaction);
      members.put("block", block);
    }
    return members;
  }
}
