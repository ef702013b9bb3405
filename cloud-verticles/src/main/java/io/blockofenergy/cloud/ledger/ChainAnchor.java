package io.blockofenergy.cloud.ledger;

import io.blockofenergy.contracts.CheckpointAnchor;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.web3j.abi.EventEncoder;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Address;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.abi.datatypes.generated.Uint64;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Hash;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.exceptions.ClientConnectionException;
import org.web3j.protocol.http.HttpService;
import org.web3j.utils.Numeric;

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
   */
  public record AnchorReceipt(long index, String txHash, long block) {}

  private static final Logger log = LoggerFactory.getLogger(ChainAnchor.class);

  /** The key is used for nothing but this contract, whose deployment is its first transaction. */
  private static final BigInteger DEPLOYMENT_NONCE = BigInteger.ZERO;

  private static final BigInteger TIP_WEI = BigInteger.valueOf(1_000_000_000);

  // Measured 95,000 for the first anchor and 900,000 for the deployment; unused gas is not charged.
  private static final BigInteger ANCHOR_GAS = BigInteger.valueOf(200_000);
  private static final BigInteger DEPLOYMENT_GAS = BigInteger.valueOf(2_000_000);

  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
  private static final int READ_ATTEMPTS = 5;
  private static final byte[] ANCHORER_ROLE =
      Hash.sha3("ANCHORER_ROLE".getBytes(StandardCharsets.US_ASCII));
  private static final String ANCHORED_TOPIC =
      EventEncoder.encode(CheckpointAnchor.CHECKPOINTANCHORED_EVENT);
  private static final String TREE_SIZE_NOT_ANCHORED = selector("TreeSizeNotAnchored(uint64)");
  private static final String NOTHING_ANCHORED = selector("NothingAnchored()");
  private static final String INDEX_OUT_OF_RANGE = selector("IndexOutOfRange(uint256,uint256)");

  private final Web3j web3j;
  private final Credentials credentials;
  private final String ownContract;
  private final Duration receiptTimeout;
  private final Duration pollInterval;

  private volatile String contract;
  private volatile long chainId = -1;

  /**
   * @param rpcUrl the node's JSON-RPC over HTTP
   * @param key the anchoring account; nothing else may use it
   * @param receiptTimeout how long to wait for a transaction to be mined, a few block times
   * @param pollInterval how often to look for it, about a block time; 20 ms with instant mining
   */
  public ChainAnchor(String rpcUrl, AnchorKey key, Duration receiptTimeout, Duration pollInterval) {
    var client =
        new OkHttpClient.Builder()
            .connectTimeout(CALL_TIMEOUT)
            .readTimeout(CALL_TIMEOUT)
            .writeTimeout(CALL_TIMEOUT)
            .callTimeout(CALL_TIMEOUT)
            .build();
    this.web3j = Web3j.build(new HttpService(rpcUrl, client));
    this.credentials = key.credentials();
    this.ownContract = key.contractAddress();
    this.receiptTimeout = receiptTimeout;
    this.pollInterval = pollInterval;
  }

  /**
   * Finds the contract, or deploys it. Without a pinned address it is at, or comes to, the address
   * that follows from this key and nonce 0: a crash at any moment of the deployment, or a chain
   * that forgot it, leads to the same address again. Pin the result.
   *
   * @param pinnedAddress from an earlier call or from configuration; null when there is none
   * @return the contract's address, 0x and 40 hex digits, lower case
   * @throws AnchorConflictException when there is no contract at the pinned address and deploying
   *     could not bring it there, or this key is not allowed to anchor there
   */
  public synchronized String ensureContract(String pinnedAddress) {
    chainId = read(web3j.ethChainId()).getChainId().longValueExact();
    String address = pinnedAddress == null ? ownContract : pinnedAddress.toLowerCase(Locale.ROOT);
    if (!hasCode(address)) {
      BigInteger nonce = nonce();
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
      if (nonce.compareTo(DEPLOYMENT_NONCE) > 0) {
        throw new AnchorConflictException(
            "account "
                + credentials.getAddress()
                + " has sent "
                + nonce
                + " transactions on chain "
                + chainId
                + ", none of which deployed the contract: give a fresh key, or deploy the contract"
                + " and pin its address");
      }
      deploy(address);
    }
    contract = address;
    if (!mayAnchor()) {
      contract = null;
      throw new AnchorConflictException(
          "account "
              + credentials.getAddress()
              + " may not anchor at "
              + address
              + " on chain "
              + chainId
              + ": grant it ANCHORER_ROLE");
    }
    return address;
  }

  private void deploy(String address) {
    String self = credentials.getAddress();
    String code =
        CheckpointAnchor.BINARY
            + FunctionEncoder.encodeConstructor(List.of(new Address(self), new Address(self)));
    BigInteger gasPrice = gasPrice();
    String transaction =
        send(
            RawTransaction.createContractTransaction(
                DEPLOYMENT_NONCE, gasPrice, DEPLOYMENT_GAS, BigInteger.ZERO, code));
    TransactionReceipt receipt = awaitReceipt(transaction);
    if (!receipt.isStatusOK()) {
      throw new AnchorConflictException(
          "the deployment " + transaction + " on chain " + chainId + " was reverted");
    }
    log.info("contract deployed at {} on chain {} by {}", address, chainId, self);
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
    String address = contract;
    if (address == null) {
      throw new IllegalStateException("ensureContract comes first");
    }
    return address;
  }

  /** Number of checkpoints on the chain. */
  public long count() {
    var answer =
        call(
            new Function(
                CheckpointAnchor.FUNC_COUNT,
                List.of(),
                List.of(TypeReference.create(Uint256.class))));
    return number(answer.orRefuse().get(0));
  }

  /** The checkpoint at a place in the list, from 0; empty from {@link #count} on. */
  public Optional<Anchored> anchorAt(long index) {
    var answer =
        call(
            new Function(
                CheckpointAnchor.FUNC_CHECKPOINTAT,
                List.of(new Uint256(index)),
                List.of(TypeReference.create(Uint64.class), TypeReference.create(Bytes32.class))));
    if (answer.refusedWith(INDEX_OUT_OF_RANGE)) {
      return Optional.empty();
    }
    List<Type<?>> values = answer.orRefuse();
    return Optional.of(
        new Anchored(index, number(values.get(0)), (byte[]) values.get(1).getValue()));
  }

  /** The checkpoint anchored last; empty when there is none. */
  public Optional<Anchored> latest() {
    long count = count();
    return count == 0 ? Optional.empty() : anchorAt(count - 1);
  }

  /** The checkpoint of exactly this tree size; empty when none has been anchored. */
  public Optional<Anchored> find(long treeSize) {
    OptionalLong index = indexOf(treeSize);
    return index.isEmpty() ? Optional.empty() : anchorAt(index.getAsLong());
  }

  private OptionalLong indexOf(long treeSize) {
    var answer =
        call(
            new Function(
                CheckpointAnchor.FUNC_INDEXOF,
                List.of(new Uint64(treeSize)),
                List.of(TypeReference.create(Uint256.class))));
    return answer.refusedWith(TREE_SIZE_NOT_ANCHORED) || answer.refusedWith(NOTHING_ANCHORED)
        ? OptionalLong.empty()
        : OptionalLong.of(number(answer.orRefuse().get(0)));
  }

  private boolean mayAnchor() {
    var answer =
        call(
            new Function(
                CheckpointAnchor.FUNC_HASROLE,
                List.of(new Bytes32(ANCHORER_ROLE), new Address(credentials.getAddress())),
                List.of(TypeReference.create(Bool.class))));
    return (Boolean) answer.orRefuse().get(0).getValue();
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
    ensureContract(contractAddress());
    Optional<AnchorReceipt> already = alreadyAnchored(treeSize, rootHash);
    if (already.isPresent()) {
      return already.get();
    }
    String data =
        FunctionEncoder.encode(
            new Function(
                CheckpointAnchor.FUNC_ANCHOR,
                List.of(new Uint64(treeSize), new Bytes32(rootHash)),
                List.of()));
    String transaction =
        send(
            RawTransaction.createTransaction(
                nonce(), gasPrice(), ANCHOR_GAS, contractAddress(), BigInteger.ZERO, data));
    TransactionReceipt receipt = awaitReceipt(transaction);
    var events =
        receipt.isStatusOK()
            ? CheckpointAnchor.getCheckpointAnchoredEvents(receipt)
            : List.<CheckpointAnchor.CheckpointAnchoredEventResponse>of();
    if (events.isEmpty()) {
      // An earlier transaction of ours, given up after the timeout, may have been faster.
      return alreadyAnchored(treeSize, rootHash)
          .orElseThrow(
              () ->
                  new AnchorConflictException(
                      "the contract refused tree size " + treeSize + " in " + transaction));
    }
    return new AnchorReceipt(
        events.get(0).index.longValueExact(),
        receipt.getTransactionHash(),
        receipt.getBlockNumber().longValueExact());
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
    return Optional.of(receiptOf(anchored));
  }

  private AnchorReceipt receiptOf(Anchored anchored) {
    var filter =
        new EthFilter(
                DefaultBlockParameterName.EARLIEST,
                DefaultBlockParameterName.LATEST,
                contractAddress())
            .addSingleTopic(ANCHORED_TOPIC)
            .addSingleTopic(
                Numeric.toHexStringWithPrefixZeroPadded(BigInteger.valueOf(anchored.index()), 64));
    for (EthLog.LogResult<?> result : read(web3j.ethGetLogs(filter)).getLogs()) {
      if (result.get() instanceof EthLog.LogObject event) {
        return new AnchorReceipt(
            anchored.index(), event.getTransactionHash(), event.getBlockNumber().longValueExact());
      }
    }
    return new AnchorReceipt(anchored.index(), null, -1);
  }

  private String send(RawTransaction transaction) {
    byte[] signed = TransactionEncoder.signMessage(transaction, chainId, credentials);
    EthSendTransaction answer = exchange(web3j.ethSendRawTransaction(Numeric.toHexString(signed)));
    String hash = Numeric.toHexString(Hash.sha3(signed));
    if (answer.hasError()) {
      // It may be known to the node from an earlier attempt, whose answer was lost: then it is
      // mined
      // and found there by the next attempt. Texts of nodes differ, so they decide nothing.
      throw new UnavailableException(
          "the node refused transaction " + hash + ": " + answer.getError().getMessage());
    }
    return hash;
  }

  private TransactionReceipt awaitReceipt(String transaction) {
    long deadline = System.nanoTime() + receiptTimeout.toNanos();
    while (true) {
      Optional<TransactionReceipt> receipt =
          read(web3j.ethGetTransactionReceipt(transaction)).getTransactionReceipt();
      if (receipt.isPresent()) {
        return receipt.get();
      }
      if (System.nanoTime() > deadline) {
        throw new UnavailableException(
            "transaction " + transaction + " was not mined within " + receiptTimeout);
      }
      sleep(pollInterval);
    }
  }

  private BigInteger nonce() {
    // The mined ones: a transaction of ours that hangs is replaced, or refused until it is mined.
    return read(web3j.ethGetTransactionCount(
            credentials.getAddress(), DefaultBlockParameterName.LATEST))
        .getTransactionCount();
  }

  /**
   * Twice the base fee, so that one that rises meanwhile does not strand the transaction, and a
   * small tip. The node's own suggestion is not used where there is a base fee: it follows the tips
   * of the blocks before, which on a chain of our own are ours, so paying a multiple of it would
   * double the price with every anchor.
   */
  private BigInteger gasPrice() {
    String baseFee =
        read(web3j.ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false))
            .getBlock()
            .getBaseFeePerGasRaw();
    return baseFee == null
        ? read(web3j.ethGasPrice()).getGasPrice()
        : Numeric.decodeQuantity(baseFee).shiftLeft(1).add(TIP_WEI);
  }

  private boolean hasCode(String address) {
    String code = read(web3j.ethGetCode(address, DefaultBlockParameterName.LATEST)).getCode();
    return code != null && code.length() > 2;
  }

  private record Answer(Function function, String revertData, String result) {
    boolean refusedWith(String selector) {
      return revertData != null && revertData.startsWith(selector);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    List<Type<?>> orRefuse() {
      if (revertData != null) {
        throw new AnchorConflictException(
            "the contract refused " + function.getName() + " with " + revertData);
      }
      List<Type<?>> values =
          (List) FunctionReturnDecoder.decode(result, function.getOutputParameters());
      if (values.isEmpty()) {
        throw new UnavailableException("there is no contract on the chain (any more)");
      }
      return values;
    }
  }

  private Answer call(Function function) {
    var transaction =
        Transaction.createEthCallTransaction(
            credentials.getAddress(), contractAddress(), FunctionEncoder.encode(function));
    for (int attempt = 1; ; attempt++) {
      EthCall answer = exchange(web3j.ethCall(transaction, DefaultBlockParameterName.LATEST));
      if (!answer.hasError()) {
        return new Answer(function, null, answer.getValue());
      }
      // web3j hands the data on as the JSON text it read, quotation marks included.
      String data = answer.getError().getData();
      if (data != null && data.startsWith("\"0x")) {
        return new Answer(function, data.substring(1, data.length() - 1), null);
      }
      retryOrGiveUp(attempt, answer);
    }
  }

  /** Reads, again when the node says no: anvil does at times while it prunes its history. */
  private <T extends Response<?>> T read(Request<?, T> request) {
    for (int attempt = 1; ; attempt++) {
      T answer = exchange(request);
      if (!answer.hasError()) {
        return answer;
      }
      retryOrGiveUp(attempt, answer);
    }
  }

  private static void retryOrGiveUp(int attempt, Response<?> answer) {
    if (attempt == READ_ATTEMPTS) {
      throw new UnavailableException("the node says: " + answer.getError().getMessage());
    }
    sleep(Duration.ofMillis(20L * attempt));
  }

  private static <T extends Response<?>> T exchange(Request<?, T> request) {
    try {
      return request.send();
    } catch (IOException | ClientConnectionException e) {
      throw new UnavailableException("the node does not answer " + request.getMethod(), e);
    }
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while waiting for the chain", e);
    }
  }

  private static long number(Type<?> value) {
    return ((BigInteger) value.getValue()).longValueExact();
  }

  private static String selector(String error) {
    return Hash.sha3String(error).substring(0, 10);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    web3j.shutdown();
  }
}
