package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.ledger.ChainAnchor.AnchorReceipt;
import io.blockofenergy.cloud.ledger.ChainAnchor.Anchored;
import io.blockofenergy.contracts.CheckpointAnchor;
import io.blockofenergy.telemetry.UnavailableException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.web3j.abi.EventEncoder;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Address;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.abi.datatypes.generated.Uint64;
import org.web3j.crypto.Hash;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/** One {@code CheckpointAnchor} contract: its answers, and what to send to it. Blocks. */
final class AnchorContract {
  /** Besu answers for 5,000 blocks at most by default, others for 1,000 or more. */
  private static final int WINDOW_BLOCKS = 1000;

  private static final int WINDOWS = 20;

  private static final byte[] ANCHORER_ROLE =
      Hash.sha3("ANCHORER_ROLE".getBytes(StandardCharsets.US_ASCII));
  private static final byte[] ADMIN_ROLE = new byte[32];
  private static final String ANCHORED_TOPIC =
      EventEncoder.encode(CheckpointAnchor.CHECKPOINTANCHORED_EVENT);
  private static final String TREE_SIZE_NOT_ANCHORED = selector("TreeSizeNotAnchored(uint64)");
  private static final String NOTHING_ANCHORED = selector("NothingAnchored()");
  private static final String INDEX_OUT_OF_RANGE = selector("IndexOutOfRange(uint256,uint256)");

  private final EvmRpc rpc;
  private final String caller;
  private final String address;
  private final int confirmations;
  private final int windowBlocks;

  /**
   * @param caller account in whose name it is asked
   * @param confirmations at most {@link ChainConfig#MAX_CONFIRMATIONS}
   */
  AnchorContract(EvmRpc rpc, String caller, String address, int confirmations) {
    this(rpc, caller, address, confirmations, WINDOW_BLOCKS);
  }

  /**
   * @param windowBlocks more than the confirmations
   */
  AnchorContract(EvmRpc rpc, String caller, String address, int confirmations, int windowBlocks) {
    this.rpc = rpc;
    this.caller = caller;
    this.address = address;
    this.confirmations = confirmations;
    this.windowBlocks = windowBlocks;
  }

  String address() {
    return address;
  }

  long count() {
    return number(
        call(new Function(
                CheckpointAnchor.FUNC_COUNT,
                List.of(),
                List.of(TypeReference.create(Uint256.class))))
            .orRefuse()
            .get(0));
  }

  Optional<Anchored> anchorAt(long index) {
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

  Optional<Anchored> latest() {
    long count = count();
    return count == 0 ? Optional.empty() : Optional.of(counted(count - 1));
  }

  /** What the contract has just said to hold; a reorganisation or another node may differ. */
  private Anchored counted(long index) {
    return anchorAt(index)
        .orElseThrow(() -> new UnavailableException("the chain's answers do not agree"));
  }

  Optional<Anchored> find(long treeSize) {
    OptionalLong index = indexOf(treeSize, DefaultBlockParameterName.LATEST);
    return index.isEmpty() ? Optional.empty() : Optional.of(counted(index.getAsLong()));
  }

  private OptionalLong indexOf(long treeSize, DefaultBlockParameter at) {
    var answer =
        rpc.call(
            caller,
            address,
            new Function(
                CheckpointAnchor.FUNC_INDEXOF,
                List.of(new Uint64(treeSize)),
                List.of(TypeReference.create(Uint256.class))),
            at);
    return answer.refusedWith(TREE_SIZE_NOT_ANCHORED) || answer.refusedWith(NOTHING_ANCHORED)
        ? OptionalLong.empty()
        : OptionalLong.of(number(answer.orRefuse().get(0)));
  }

  boolean mayAnchor(String account) {
    return hasRole(ANCHORER_ROLE, account);
  }

  boolean isAdmin(String account) {
    return hasRole(ADMIN_ROLE, account);
  }

  private boolean hasRole(byte[] role, String account) {
    var answer =
        call(
            new Function(
                CheckpointAnchor.FUNC_HASROLE,
                List.of(new Bytes32(role), new Address(account)),
                List.of(TypeReference.create(Bool.class))));
    return (Boolean) answer.orRefuse().get(0).getValue();
  }

  private EvmRpc.Answer call(Function function) {
    return rpc.call(caller, address, function);
  }

  /** Input of the transaction that anchors. */
  String anchor(long treeSize, byte[] rootHash) {
    return FunctionEncoder.encode(
        new Function(
            CheckpointAnchor.FUNC_ANCHOR,
            List.of(new Uint64(treeSize), new Bytes32(rootHash)),
            List.of()));
  }

  String grantAdmin(String account) {
    return FunctionEncoder.encode(
        new Function(
            CheckpointAnchor.FUNC_GRANTROLE,
            List.of(new Bytes32(ADMIN_ROLE), new Address(account)),
            List.of()));
  }

  /**
   * @param account the sender's own
   */
  String renounceAdmin(String account) {
    return FunctionEncoder.encode(
        new Function(
            CheckpointAnchor.FUNC_RENOUNCEROLE,
            List.of(new Bytes32(ADMIN_ROLE), new Address(account)),
            List.of()));
  }

  /** What a transaction of {@link #anchor} brought; empty when the contract refused it. */
  Optional<AnchorReceipt> receipt(TransactionReceipt mined) {
    var events =
        mined.isStatusOK()
            ? CheckpointAnchor.getCheckpointAnchoredEvents(mined)
            : List.<CheckpointAnchor.CheckpointAnchoredEventResponse>of();
    if (events.isEmpty()) {
      return Optional.empty();
    }
    long block = mined.getBlockNumber().longValueExact();
    boolean confirmed = confirmations == 0 || rpc.blockNumber() - block >= confirmations;
    return Optional.of(
        new AnchorReceipt(
            events.get(0).index.longValueExact(), mined.getTransactionHash(), block, confirmed));
  }

  /**
   * Looks for the event, from the newest block backwards in windows that nodes answer for. One that
   * is not found lies further back than {@link #WINDOWS} of them, or the node keeps it no more, or
   * does not have it yet: it counts when the contract held the anchor as many blocks ago as it must
   * be deep.
   */
  AnchorReceipt receiptOf(Anchored anchored) {
    long head = rpc.blockNumber();
    for (int window = 0; window < WINDOWS; window++) {
      long last = head - (long) window * windowBlocks;
      if (last < 0) {
        break;
      }
      Optional<EthLog.LogObject> event;
      try {
        event = event(anchored.index(), Math.max(0, last - windowBlocks + 1), window == 0, last);
      } catch (UnavailableException e) {
        if (window == 0) {
          throw e;
        }
        break; // Not every node keeps the events of so long ago.
      }
      if (event.isPresent()) {
        long block = event.get().getBlockNumber().longValueExact();
        return new AnchorReceipt(
            anchored.index(),
            event.get().getTransactionHash(),
            block,
            confirmations == 0 || head - block >= confirmations);
      }
    }
    boolean confirmed = confirmations == 0 || heldAt(anchored, head - confirmations);
    return new AnchorReceipt(anchored.index(), null, -1, confirmed);
  }

  private boolean heldAt(Anchored anchored, long block) {
    if (block < 0) {
      return false;
    }
    DefaultBlockParameter at = DefaultBlockParameter.valueOf(BigInteger.valueOf(block));
    if (rpc.code(address, at).isEmpty()) {
      return false; // The contract is younger.
    }
    OptionalLong index = indexOf(anchored.treeSize(), at);
    return index.isPresent() && index.getAsLong() == anchored.index();
  }

  private Optional<EthLog.LogObject> event(long index, long first, boolean newest, long last) {
    var filter =
        new EthFilter(
                DefaultBlockParameter.valueOf(BigInteger.valueOf(first)),
                newest
                    ? DefaultBlockParameterName.LATEST
                    : DefaultBlockParameter.valueOf(BigInteger.valueOf(last)),
                address)
            .addSingleTopic(ANCHORED_TOPIC)
            .addSingleTopic(Numeric.toHexStringWithPrefixZeroPadded(BigInteger.valueOf(index), 64));
    for (EthLog.LogResult<?> result : rpc.read(rpc.web3j().ethGetLogs(filter)).getLogs()) {
      if (result.get() instanceof EthLog.LogObject event) {
        return Optional.of(event);
      }
    }
    return Optional.empty();
  }

  private static long number(Type<?> value) {
    return ((BigInteger) value.getValue()).longValueExact();
  }

  private static String selector(String error) {
    return Hash.sha3String(error).substring(0, 10);
  }
}
