package io.blockofenergy.cloud.ledger;

import java.util.Optional;

/** The anchoring contract on an Ethereum chain. */
public final class EvmChain implements Chain {
  private final ChainAnchor anchors;

  public EvmChain(ChainAnchor anchors) {
    this.anchors = anchors;
  }

  @Override
  public String ensureContract(String pinned, Long pinnedChainId) {
    return anchors.ensureContract(pinned, pinnedChainId);
  }

  @Override
  public long chainId() {
    return anchors.chainId();
  }

  @Override
  public Optional<Head> latest() {
    return anchors.latest().map(anchor -> new Head(anchor.treeSize(), anchor.rootHash()));
  }

  @Override
  public boolean isAnchored(long treeSize) {
    return anchors.find(treeSize).isPresent();
  }

  @Override
  public Receipt anchor(long treeSize, byte[] root) {
    ChainAnchor.AnchorReceipt receipt = anchors.anchor(treeSize, root);
    return new Receipt(receipt.index(), receipt.txHash(), receipt.block(), receipt.confirmed());
  }
}
