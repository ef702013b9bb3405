package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.Chain;
import io.blockofenergy.telemetry.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A contract with the rules of ours; can fail and forget. */
final class FakeChain implements Chain, ChainReader {
  final List<Anchor> anchors = new ArrayList<>();
  int faults;
  boolean gone;

  synchronized List<Long> sizes() {
    return anchors.stream().map(Anchor::treeSize).toList();
  }

  synchronized void forget(int keep) {
    anchors.subList(keep, anchors.size()).clear();
  }

  @Override
  public String ensureContract(String pinned, Long pinnedChainId) {
    return "0x" + "ab".repeat(20);
  }

  @Override
  public long chainId() {
    return 31337;
  }

  @Override
  public synchronized Optional<Head> latest() {
    if (faults-- > 0) {
      throw new UnavailableException("no answer");
    }
    return anchors.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Head(
                anchors.get(anchors.size() - 1).treeSize(),
                anchors.get(anchors.size() - 1).root()));
  }

  @Override
  public synchronized boolean isAnchored(long treeSize) {
    return sizes().contains(treeSize);
  }

  @Override
  public synchronized Receipt anchor(long treeSize, byte[] root) {
    int index = sizes().indexOf(treeSize);
    if (index < 0) {
      assertThat(sizes()).allMatch(size -> size < treeSize);
      index = anchors.size();
      anchors.add(new Anchor(treeSize, root));
    }
    return new Receipt(index, "0x" + "cd".repeat(32), index + 2, true);
  }

  @Override
  public String contract() {
    return "0x" + "ab".repeat(20);
  }

  @Override
  public synchronized OptionalLong count() {
    return gone ? OptionalLong.empty() : OptionalLong.of(anchors.size());
  }

  @Override
  public synchronized Anchor anchorAt(long index) {
    return anchors.get((int) index);
  }
}
