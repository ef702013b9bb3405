package io.blockofenergy.cloud.audit;

import java.util.OptionalLong;

/** The anchors in a contract on an Ethereum chain. */
public final class ContractReader implements ChainReader {
  private final EvmNode node;
  private final String address;

  /**
   * @param address the contract's, 0x and 40 hex digits; from a place that the audited store cannot
   *     change
   */
  public ContractReader(EvmNode node, String address) {
    this.node = node;
    this.address = address;
  }

  @Override
  public String contract() {
    return address;
  }

  @Override
  public OptionalLong count() {
    return node.hasCode(address) ? OptionalLong.of(node.count(address)) : OptionalLong.empty();
  }

  @Override
  public Anchor anchorAt(long index) {
    return node.checkpointAt(address, index);
  }
}
