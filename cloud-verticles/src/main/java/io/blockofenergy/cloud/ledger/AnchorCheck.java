package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.audit.ChainReader;
import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Holds a receipt's anchor against its checkpoint and, when there is a node, against the chain. */
final class AnchorCheck {
  private final EvmNode node;
  private final String contract;

  /**
   * @param node a node of the chain to ask, or null to check without it
   * @param contract the address that an anchor must name, in any case of letters; null for any
   */
  AnchorCheck(EvmNode node, String contract) {
    this.node = node;
    this.contract = contract == null ? null : contract.toLowerCase(Locale.ROOT);
  }

  /**
   * Adds what was shown to the steps and what was not to the remarks.
   *
   * @param anchor or null when the receipt has none
   * @throws MalformedProofException saying what does not hold
   * @throws io.blockofenergy.telemetry.UnavailableException when the node does not answer
   */
  void check(Anchor anchor, Checkpoint head, List<String> steps, List<String> notChecked) {
    if (anchor == null) {
      if (node != null || contract != null) {
        throw new MalformedProofException("the receipt names no anchor to look up on the chain");
      }
      notChecked.add(
          "Whether the log's state is on the chain: the receipt names no anchor. A receipt asked"
              + " for some seconds later does.");
      return;
    }
    if (anchor.treeSize() != head.size()) {
      throw new MalformedProofException(
          "the anchor is of " + anchor.treeSize() + " entries, the checkpoint of " + head.size());
    }
    if (contract != null && !contract.equals(anchor.contract())) {
      throw new MalformedProofException(
          "the anchor is in contract " + anchor.contract() + ", not in the expected " + contract);
    }
    if (node == null) {
      notChecked.add(
          "Whether the log's state is on the chain: the receipt says so, on chain "
              + anchor.chainId()
              + " in contract "
              + anchor.contract()
              + ". Give --rpc URL to ask a node of that chain.");
      return;
    }
    askChain(anchor, head, steps);
    if (contract == null) {
      notChecked.add(
          "Whether that contract is the published one: its address is from the receipt. Give"
              + " --contract ADDRESS with the address that was published.");
    }
  }

  private void askChain(Anchor anchor, Checkpoint head, List<String> steps) {
    long chainId = node.chainId();
    if (chainId != anchor.chainId()) {
      throw new MalformedProofException(
          "the anchor is on chain " + anchor.chainId() + ", the node asked is of " + chainId);
    }
    if (!node.hasCode(anchor.contract())) {
      throw new MalformedProofException("there is no contract at " + anchor.contract());
    }
    Optional<Long> index = node.indexOf(anchor.contract(), anchor.treeSize());
    if (index.isEmpty()) {
      throw new MalformedProofException(
          "the contract has no checkpoint of " + anchor.treeSize() + " entries");
    }
    if (index.get() != anchor.index()) {
      throw new MalformedProofException(
          "the checkpoint stands at "
              + index.get()
              + " in the contract, the receipt says "
              + anchor.index());
    }
    ChainReader.Anchor there = node.checkpointAt(anchor.contract(), anchor.index());
    if (there.treeSize() != head.size() || !Arrays.equals(there.root(), head.root())) {
      throw new MalformedProofException(
          "the contract has root "
              + hex(there.root())
              + " for "
              + head.size()
              + " entries, the checkpoint "
              + hex(head.root()));
    }
    steps.add(
        "Contract "
            + anchor.contract()
            + " on chain "
            + chainId
            + " holds the same root for "
            + head.size()
            + " entries.");
    if (anchor.transaction() != null) {
      steps.add(transaction(anchor, head));
    }
  }

  private String transaction(Anchor anchor, Checkpoint head) {
    Optional<List<EvmNode.AnchorEvent>> events =
        node.anchoredIn(anchor.contract(), anchor.transaction());
    if (events.isEmpty()) {
      // Nodes forget old transactions; that the contract holds the root is what counts.
      return "Transaction "
          + anchor.transaction()
          + " is no longer known to this node; the contract holds the root.";
    }
    boolean anchored =
        events.get().stream()
            .anyMatch(
                event ->
                    event.index() == anchor.index()
                        && event.treeSize() == anchor.treeSize()
                        && Arrays.equals(event.root(), head.root())
                        && event.block() == anchor.block());
    if (!anchored) {
      throw new MalformedProofException(
          "transaction "
              + anchor.transaction()
              + " did not anchor this in block "
              + anchor.block());
    }
    return "It was put there in block " + anchor.block() + " by " + anchor.transaction() + ".";
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
