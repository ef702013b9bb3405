package io.blockofenergy.cloud.ledger;

import io.blockofenergy.contracts.CheckpointAnchor;
import io.blockofenergy.telemetry.UnavailableException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.Address;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.response.TransactionReceipt;

/**
 * The {@code CheckpointAnchor} contract on an Ethereum chain, through JSON-RPC. All methods block,
 * for up to the receipt timeout: call them on one worker thread. This must be the key's only user.
 *
 * <p>Nothing here is remembered between calls but the contract's address: the contract is asked
 * what has been anchored, and the chain for the next nonce. So a crash, a lost answer, or a local
 * chain that came back without its last blocks needs no special treatment: call again.
 *
 * <p>Every method throws {@link UnavailableException} when the node does not answer, refuses for
 * now or does not mine in time, and {@link AnchorConflictException} when trying again cannot help.
 */
public final class ChainAnchor implements AutoCloseable {
  /**
   * A checkpoint on the chain.
   *
   * @param index place in the contract's list, from 0
   * @param treeSize leaves of the tree
   * @param rootHash 32 bytes
   */
  public record Anchored(long index, long treeSize, byte[] rootHash) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Anchored that
          && index == that.index
          && treeSize == that.treeSize
          && Arrays.equals(rootHash, that.rootHash);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(treeSize);
    }

    @Override
    public String toString() {
      return "Anchored[" + index + ", " + treeSize + ", " + hex(rootHash) + "]";
    }
  }

  /**
   * Where a checkpoint stands on the chain.
   *
   * @param index place in the contract's list, from 0
   * @param txHash 0x and 64 hex digits; null when the node no longer keeps the event
   * @param block number of the block; -1 when the node no longer keeps the event
   * @param confirmed whether as many blocks as configured are on top of it
   */
  public record AnchorReceipt(long index, String txHash, long block, boolean confirmed) {}

  private static final Logger LOG = LoggerFactory.getLogger(ChainAnchor.class);

  // Measured 95,000 for the first anchor and 900,000 for the deployment; unused gas is not charged.
  private static final BigInteger CALL_GAS = BigInteger.valueOf(200_000);
  private static final BigInteger DEPLOYMENT_GAS = BigInteger.valueOf(2_000_000);

  private final EvmRpc rpc;
  private final TransactionSender sender;
  private final ContractCode code = new ContractCode();
  private final ChainConfig config;
  private final String self;
  private final String ownContract;

  private volatile AnchorContract contract;
  private volatile long chainId = -1;

  /** With a contract and a key of its own, on a chain whose blocks are final. */
  public ChainAnchor(String rpcUrl, AnchorKey key, Duration receiptTimeout, Duration pollInterval) {
    this(rpcUrl, key, new ChainConfig(), receiptTimeout, pollInterval);
  }

  /**
   * @param rpcUrl the node's JSON-RPC over HTTP
   * @param key the anchoring account; nothing else may use it
   * @param receiptTimeout how long to wait for a transaction to be mined, a few block times; after
   *     it the next call replaces the transaction at a higher price
   * @param pollInterval how often to look for it, about a block time; 20 ms with instant mining
   */
  public ChainAnchor(
      String rpcUrl,
      AnchorKey key,
      ChainConfig config,
      Duration receiptTimeout,
      Duration pollInterval) {
    this.rpc = new EvmRpc(rpcUrl);
    this.sender =
        new TransactionSender(
            rpc, key.credentials(), config.maxFeeGwei(), receiptTimeout, pollInterval);
    this.config = config;
    this.self = key.address();
    this.ownContract = key.contractAddress();
  }

  /** The same, on whatever chain the node is of. */
  public String ensureContract(String pinnedAddress) {
    return ensureContract(pinnedAddress, null);
  }

  /**
   * Finds the contract, or deploys it. Without a configured or pinned address it is at, or comes
   * to, the address that follows from this key and nonce 0: a crash at any moment of the
   * deployment, or a chain that forgot it, leads to the same address again. Pin the result. Where
   * the configuration names an administrator and the key still is one, the role is handed over.
   *
   * @param pinnedAddress from an earlier call; null when there is none
   * @param pinnedChainId from an earlier call; null when there is none
   * @return the contract's address, 0x and 40 hex digits, lower case
   * @throws AnchorConflictException when there is no contract, or another one, at the address and
   *     deploying could not bring it there, or this key is not allowed to anchor there, or the node
   *     is of another chain than the pinned one
   */
  public synchronized String ensureContract(String pinnedAddress, Long pinnedChainId) {
    long found = rpc.read(rpc.web3j().ethChainId()).getChainId().longValueExact();
    if (pinnedChainId != null && pinnedChainId != found) {
      throw new AnchorConflictException(
          "the anchors are on chain " + pinnedChainId + ", the node is of chain " + found);
    }
    chainId = found;
    String address = address(pinnedAddress);
    String there = rpc.code(address);
    if (there.isEmpty()) {
      there = deploy(address);
    }
    if (!code.isOurs(there)) {
      throw new AnchorConflictException(
          "the code at "
              + address
              + " on chain "
              + chainId
              + " is not that of this build's CheckpointAnchor: is this the right address, and the"
              + " right version?");
    }
    var contractThere = new AnchorContract(rpc, self, address, config.confirmations());
    if (!contractThere.mayAnchor(self)) {
      contract = null;
      throw new AnchorConflictException(
          "account "
              + self
              + " may not anchor at "
              + address
              + " on chain "
              + chainId
              + ": grant it ANCHORER_ROLE");
    }
    contract = contractThere;
    handOver(contractThere);
    return address;
  }

  private String address(String pinned) {
    if (pinned == null) {
      return config.contract().orElse(ownContract);
    }
    String address = pinned.toLowerCase(Locale.ROOT);
    if (!config.contract().orElse(address).equals(address)) {
      throw new AnchorConflictException(
          "the anchors are in contract "
              + address
              + ", chain.contract says "
              + config.contract().get());
    }
    return address;
  }

  /** Returns the code that is at the address afterwards. */
  private String deploy(String address) {
    if (!address.equals(ownContract)) {
      throw new AnchorConflictException(
          "chain "
              + chainId
              + " has no contract at "
              + address
              + ", and the anchoring key's own would be at "
              + ownContract
              + ": is this the right chain, the right address, the right key?");
    }
    BigInteger sent = rpc.transactionCount(self, DefaultBlockParameterName.LATEST);
    if (sent.signum() == 0) {
      String admin = config.admin().orElse(self);
      Optional<TransactionReceipt> receipt =
          sender.deploy(
              chainId,
              DEPLOYMENT_GAS,
              CheckpointAnchor.BINARY
                  + FunctionEncoder.encodeConstructor(
                      List.of(new Address(admin), new Address(self))));
      if (receipt.isPresent() && !receipt.get().isStatusOK()) {
        throw new AnchorConflictException(
            "the deployment "
                + receipt.get().getTransactionHash()
                + " on chain "
                + chainId
                + " was reverted");
      }
    }
    // Asked again whatever was sent: another process may have been faster, before the count too.
    String there = rpc.code(address);
    if (there.isEmpty()) {
      throw new AnchorConflictException(
          "account "
              + self
              + " has sent "
              + sent.max(BigInteger.ONE)
              + " transactions on chain "
              + chainId
              + ", none of which deployed the contract: give a fresh key, or deploy the contract"
              + " and set chain.contract");
    }
    LOG.info("contract deployed at {} on chain {} by {}", address, chainId, self);
    return there;
  }

  /**
   * First grants, then renounces, each only where the contract says that it is still to be done: a
   * crash between them leaves two administrators until the next call.
   */
  private void handOver(AnchorContract of) {
    String admin = config.admin().orElse(self);
    if (admin.equals(self) || !of.isAdmin(self)) {
      return;
    }
    if (!of.isAdmin(admin)) {
      sender.send(chainId, of.address(), CALL_GAS, of.grantAdmin(admin));
      if (!of.isAdmin(admin)) {
        throw new UnavailableException("the administrator's role is not granted yet");
      }
    }
    sender.send(chainId, of.address(), CALL_GAS, of.renounceAdmin(self));
    if (of.isAdmin(self)) {
      throw new UnavailableException("the administrator's role is not renounced yet");
    }
    LOG.info("contract {} is administered by {} from now on", of.address(), admin);
  }

  /** The chain's id, known after {@link #ensureContract}. */
  public long chainId() {
    if (chainId < 0) {
      throw new IllegalStateException("ensureContract comes first");
    }
    return chainId;
  }

  /** The contract's address, known after {@link #ensureContract}. */
  public String contractAddress() {
    return contract().address();
  }

  private AnchorContract contract() {
    AnchorContract known = contract;
    if (known == null) {
      throw new IllegalStateException("ensureContract comes first");
    }
    return known;
  }

  /** Number of checkpoints on the chain. */
  public long count() {
    return contract().count();
  }

  /** The checkpoint at a place in the list, from 0; empty from {@link #count} on. */
  public Optional<Anchored> anchorAt(long index) {
    return contract().anchorAt(index);
  }

  /** The checkpoint anchored last; empty when there is none. */
  public Optional<Anchored> latest() {
    return contract().latest();
  }

  /** The checkpoint of exactly this tree size; empty when none has been anchored. */
  public Optional<Anchored> find(long treeSize) {
    return contract().find(treeSize);
  }

  /**
   * Anchors a checkpoint and waits until it is mined. What stands on the chain already is found,
   * not sent again, so after any failure the same call may be repeated. Persist the intent first.
   *
   * @param treeSize at least 1, larger than any anchored
   * @param rootHash 32 bytes, not all zero
   * @throws AnchorConflictException when this tree size stands there with another root, or a larger
   *     tree without this one
   */
  public synchronized AnchorReceipt anchor(long treeSize, byte[] rootHash) {
    if (treeSize < 1 || rootHash.length != 32) {
      throw new IllegalArgumentException("tree size " + treeSize + ", root " + hex(rootHash));
    }
    // A local chain may have forgotten its last blocks, and with them even the contract.
    ensureContract(contractAddress(), chainId());
    Optional<AnchorReceipt> already = alreadyAnchored(treeSize, rootHash);
    if (already.isPresent()) {
      return already.get();
    }
    AnchorContract to = contract();
    Optional<TransactionReceipt> mined =
        sender.send(chainId, to.address(), CALL_GAS, to.anchor(treeSize, rootHash));
    return mined
        .flatMap(to::receipt)
        // A transaction of an earlier process, or one given up, may have been faster.
        .or(() -> alreadyAnchored(treeSize, rootHash))
        .orElseThrow(
            () ->
                mined.isEmpty()
                    ? new UnavailableException("another transaction of the key came first")
                    : new AnchorConflictException(
                        "the contract refused tree size "
                            + treeSize
                            + " in "
                            + mined.get().getTransactionHash()));
  }

  private Optional<AnchorReceipt> alreadyAnchored(long treeSize, byte[] rootHash) {
    Optional<Anchored> latest = latest();
    if (latest.isEmpty() || latest.get().treeSize() < treeSize) {
      return Optional.empty();
    }
    Anchored anchored =
        find(treeSize)
            .orElseThrow(
                () ->
                    new AnchorConflictException(
                        "tree size "
                            + treeSize
                            + " can no longer be anchored: "
                            + latest.get().treeSize()
                            + " has been"));
    if (!Arrays.equals(anchored.rootHash(), rootHash)) {
      throw new AnchorConflictException(
          "tree size "
              + treeSize
              + " is anchored with root "
              + hex(anchored.rootHash())
              + ", not "
              + hex(rootHash));
    }
    return Optional.of(contract().receiptOf(anchored));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    rpc.close();
  }
}
