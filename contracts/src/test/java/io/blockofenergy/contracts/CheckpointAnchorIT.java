package io.blockofenergy.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.TypeEncoder;
import org.web3j.abi.datatypes.Address;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.abi.datatypes.generated.Uint64;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Hash;
import org.web3j.crypto.Keys;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.gas.StaticGasProvider;
import org.web3j.tx.response.PollingTransactionReceiptProcessor;
import org.web3j.utils.Numeric;

/** Every rule and every refusal of the contract, on a real EVM. */
class CheckpointAnchorIT {
  private static final long CHAIN_ID = 31337;
  private static final StaticGasProvider GAS =
      new StaticGasProvider(BigInteger.valueOf(3_000_000_000L), BigInteger.valueOf(3_000_000));

  private static Anvil anvil;
  private static Credentials admin;
  private static Credentials anchorer;
  private static Credentials stranger;

  private CheckpointAnchor contract;

  @BeforeAll
  static void startChain() throws Exception {
    anvil = new Anvil();
    admin = fundedAccount();
    anchorer = fundedAccount();
    stranger = fundedAccount();
  }

  @AfterAll
  static void stopChain() throws Exception {
    if (anvil != null) {
      anvil.close();
    }
  }

  @BeforeEach
  void deploy() throws Exception {
    contract =
        CheckpointAnchor.deploy(
                anvil.web3j(), manager(stranger), GAS, admin.getAddress(), anchorer.getAddress())
            .send();
    contract = as(anchorer);
  }

  @Test
  void keepsCheckpointsInTheOrderOfAnchoring() throws Exception {
    assertThat(contract.count().send()).isZero();

    anchor(1, root("a"));
    anchor(7, root("b"));
    anchor(8, root("c"));

    assertThat(contract.count().send()).isEqualTo(3);
    assertCheckpoint(0, 1, root("a"));
    assertCheckpoint(1, 7, root("b"));
    assertCheckpoint(2, 8, root("c"));
    assertThat(contract.latest().send().component1()).isEqualTo(8);
    assertThat(contract.latest().send().component2()).isEqualTo(root("c"));
  }

  @Test
  void announcesEachCheckpointByAnEvent() throws Exception {
    anchor(3, root("a"));
    TransactionReceipt receipt = anchor(10, root("b"));

    var events = CheckpointAnchor.getCheckpointAnchoredEvents(receipt);

    assertThat(events).hasSize(1);
    assertThat(events.get(0).index).isEqualTo(1);
    assertThat(events.get(0).treeSize).isEqualTo(10);
    assertThat(events.get(0).rootHash).isEqualTo(root("b"));
    var log = receipt.getLogs().get(0);
    assertThat(log.getAddress()).isEqualTo(contract.getContractAddress());
    assertThat(log.getTopics())
        .containsExactly(
            Hash.sha3String("CheckpointAnchored(uint256,uint64,bytes32)"),
            Numeric.toHexStringWithPrefixZeroPadded(BigInteger.ONE, 64),
            Numeric.toHexStringWithPrefixZeroPadded(BigInteger.TEN, 64));
  }

  @Test
  void findsEveryAnchoredTreeSizeAndNoOther() throws Exception {
    assertRefused(indexOf(1), "TreeSizeNotAnchored(uint64)", new Uint64(1));
    for (int i = 0; i < 9; i++) {
      anchor(10 + 3 * i, root("r" + i));
    }

    for (int i = 0; i < 9; i++) {
      assertThat(contract.indexOf(BigInteger.valueOf(10 + 3 * i)).send()).isEqualTo(i);
    }
    for (long size : new long[] {0, 1, 9, 11, 12, 33, 35, 1_000_000}) {
      assertRefused(indexOf(size), "TreeSizeNotAnchored(uint64)", new Uint64(size));
    }
  }

  @Test
  void takesTheLargestTreeSizeThereIs() throws Exception {
    BigInteger largest = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    TransactionReceipt receipt = contract.anchor(largest, root("a")).send();

    assertThat(receipt.isStatusOK()).isTrue();
    assertThat(contract.latest().send().component1()).isEqualTo(largest);
    assertRefused(
        anchorCall(anchorer, 1, root("b")),
        "TreeSizeNotGrowing(uint64,uint64)",
        new Uint64(largest),
        new Uint64(1));
  }

  @Test
  void refusesATreeThatDoesNotGrow() throws Exception {
    anchor(5, root("a"));

    for (long size : new long[] {0, 1, 4, 5}) {
      assertRefused(
          anchorCall(anchorer, size, root("b")),
          "TreeSizeNotGrowing(uint64,uint64)",
          new Uint64(5),
          new Uint64(size));
    }
  }

  @Test
  void refusesTheSameCheckpointTwice() throws Exception {
    anchor(5, root("a"));

    assertRefused(
        anchorCall(anchorer, 5, root("a")),
        "TreeSizeNotGrowing(uint64,uint64)",
        new Uint64(5),
        new Uint64(5));
  }

  @Test
  void refusesAnEmptyTree() throws Exception {
    assertRefused(
        anchorCall(anchorer, 0, root("a")),
        "TreeSizeNotGrowing(uint64,uint64)",
        new Uint64(0),
        new Uint64(0));
  }

  @Test
  void refusesARootOfZeros() throws Exception {
    assertRefused(anchorCall(anchorer, 1, new byte[32]), "ZeroRootHash()");
  }

  @Test
  void refusesWhoeverIsNotTheAnchorer() throws Exception {
    byte[] role = contract.ANCHORER_ROLE().send();
    for (Credentials other : List.of(stranger, admin)) {
      assertRefused(
          anchorCall(other, 1, root("a")),
          "AccessControlUnauthorizedAccount(address,bytes32)",
          new Address(other.getAddress()),
          new Bytes32(role));
    }
  }

  @Test
  void aRefusedTransactionChangesNothing() throws Exception {
    anchor(5, root("a"));

    assertThat(mined(stranger, encodeAnchor(6, root("b"))).isStatusOK()).isFalse();
    assertThat(mined(anchorer, encodeAnchor(5, root("b"))).isStatusOK()).isFalse();

    assertThat(contract.count().send()).isEqualTo(1);
    assertCheckpoint(0, 5, root("a"));
  }

  @Test
  void theAdministratorSaysWhoAnchors() throws Exception {
    byte[] role = contract.ANCHORER_ROLE().send();
    assertThat(contract.hasRole(role, anchorer.getAddress()).send()).isTrue();
    assertThat(contract.hasRole(role, stranger.getAddress()).send()).isFalse();

    as(admin).grantRole(role, stranger.getAddress()).send();
    as(admin).revokeRole(role, anchorer.getAddress()).send();

    assertThat(as(stranger).anchor(BigInteger.TWO, root("a")).send().isStatusOK()).isTrue();
    assertRefused(
        anchorCall(anchorer, 3, root("b")),
        "AccessControlUnauthorizedAccount(address,bytes32)",
        new Address(anchorer.getAddress()),
        new Bytes32(role));
  }

  @Test
  void nobodyElseSaysWhoAnchors() throws Exception {
    byte[] role = contract.ANCHORER_ROLE().send();
    for (Credentials other : List.of(stranger, anchorer)) {
      String data = contract.grantRole(role, stranger.getAddress()).encodeFunctionCall();
      assertRefused(
          call(other, data),
          "AccessControlUnauthorizedAccount(address,bytes32)",
          new Address(other.getAddress()),
          new Bytes32(new byte[32]));
    }
  }

  @Test
  void cannotBeDeployedForTheZeroAddress() throws Exception {
    String zero = Address.DEFAULT.getValue();
    String someone = admin.getAddress();
    for (List<String> parameters : List.of(List.of(zero, someone), List.of(someone, zero))) {
      String constructor =
          CheckpointAnchor.BINARY
              + FunctionEncoder.encodeConstructor(
                  List.of(new Address(parameters.get(0)), new Address(parameters.get(1))));
      EthCall answer =
          anvil
              .web3j()
              .ethCall(
                  Transaction.createContractTransaction(
                      stranger.getAddress(), null, null, "0x" + constructor),
                  DefaultBlockParameterName.LATEST)
              .send();
      assertRefused(answer, "ZeroAddress()");
    }
  }

  @Test
  void saysWhenThereIsNoSuchCheckpoint() throws Exception {
    assertRefused(call(stranger, contract.latest().encodeFunctionCall()), "NothingAnchored()");
    anchor(4, root("a"));

    assertRefused(
        call(stranger, contract.checkpointAt(BigInteger.ONE).encodeFunctionCall()),
        "IndexOutOfRange(uint256,uint256)",
        new Uint256(1),
        new Uint256(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 17})
  void verifiesEveryLeafOfAnAnchoredTree(int treeSize) throws Exception {
    List<byte[]> records = records(treeSize);
    anchor(treeSize, Rfc6962.root(records));

    for (int i = 0; i < treeSize; i++) {
      assertThat(verify(records.get(i), i, treeSize, Rfc6962.path(i, records)))
          .as("leaf %d of %d", i, treeSize)
          .isTrue();
    }
  }

  @Test
  void verifiesAgainstTheTreeOfExactlyTheGivenSize() throws Exception {
    List<byte[]> records = records(1000);
    for (int size : new int[] {1, 6, 500, 777, 1000}) {
      anchor(size, Rfc6962.root(records.subList(0, size)));
    }

    for (int size : new int[] {6, 500, 777, 1000}) {
      List<byte[]> path = Rfc6962.path(5, records.subList(0, size));
      assertThat(verify(records.get(5), 5, size, path)).as("size %d", size).isTrue();
    }
    assertThat(verify(records.get(5), 5, 1000, Rfc6962.path(5, records.subList(0, 777)))).isFalse();
    assertThat(verify(records.get(5), 5, 1, List.of())).isFalse();
  }

  @Test
  void refusesAnotherHashAnotherIndexAndAnotherPath() throws Exception {
    int size = 13;
    List<byte[]> records = records(size);
    anchor(size, Rfc6962.root(records));

    for (int leaf : new int[] {0, 6, 7, 11, 12}) {
      List<byte[]> path = Rfc6962.path(leaf, records);
      byte[] record = records.get(leaf);
      assertThat(verify(root("another"), leaf, size, path)).isFalse();
      for (long other = 0; other < size + 3; other++) {
        assertThat(verify(record, other, size, path)).isEqualTo(other == leaf);
      }
      assertThat(verify(record, leaf, size, path.subList(0, path.size() - 1))).isFalse();
      assertThat(verify(record, leaf, size, path.subList(1, path.size()))).isFalse();
      assertThat(verify(record, leaf, size, List.of())).isFalse();
      List<byte[]> longer = new ArrayList<>(path);
      longer.add(root("one too many"));
      assertThat(verify(record, leaf, size, longer)).isFalse();
      for (int i = 0; i < path.size(); i++) {
        List<byte[]> altered = new ArrayList<>(path);
        altered.set(i, root("altered"));
        assertThat(verify(record, leaf, size, altered)).isFalse();
      }
    }
  }

  @Test
  void anInnerNodeDoesNotPassForARecord() throws Exception {
    List<byte[]> records = records(2);
    anchor(2, Rfc6962.root(records));

    assertThat(verify(Rfc6962.root(records), 0, 2, List.of())).isFalse();
    assertThat(verify(Rfc6962.root(records.subList(0, 1)), 0, 2, Rfc6962.path(0, records)))
        .isFalse();
  }

  @Test
  void givesNoAnswerAboutATreeThatIsNotAnchored() throws Exception {
    List<byte[]> records = records(4);
    anchor(4, Rfc6962.root(records));

    String data =
        contract
            .verifyInclusion(
                records.get(0),
                BigInteger.ZERO,
                BigInteger.valueOf(3),
                Rfc6962.path(0, records.subList(0, 3)))
            .encodeFunctionCall();

    assertRefused(call(stranger, data), "TreeSizeNotAnchored(uint64)", new Uint64(3));
  }

  private static Credentials fundedAccount() throws Exception {
    Credentials account = Credentials.create(Keys.createEcKeyPair());
    anvil.fund(account);
    return account;
  }

  private static RawTransactionManager manager(Credentials account) {
    return new RawTransactionManager(anvil.web3j(), account, CHAIN_ID, 500, 10);
  }

  private CheckpointAnchor as(Credentials account) {
    return CheckpointAnchor.load(
        contract.getContractAddress(), anvil.web3j(), manager(account), GAS);
  }

  private TransactionReceipt anchor(long treeSize, byte[] rootHash) throws Exception {
    TransactionReceipt receipt = contract.anchor(BigInteger.valueOf(treeSize), rootHash).send();
    assertThat(receipt.isStatusOK()).isTrue();
    return receipt;
  }

  private void assertCheckpoint(long index, long treeSize, byte[] rootHash) throws Exception {
    var checkpoint = contract.checkpointAt(BigInteger.valueOf(index)).send();
    assertThat(checkpoint.component1()).isEqualTo(treeSize);
    assertThat(checkpoint.component2()).isEqualTo(rootHash);
  }

  private boolean verify(byte[] record, long leafIndex, long treeSize, List<byte[]> path)
      throws Exception {
    return contract
        .verifyInclusion(record, BigInteger.valueOf(leafIndex), BigInteger.valueOf(treeSize), path)
        .send();
  }

  private String encodeAnchor(long treeSize, byte[] rootHash) {
    return contract.anchor(BigInteger.valueOf(treeSize), rootHash).encodeFunctionCall();
  }

  private EthCall anchorCall(Credentials from, long treeSize, byte[] rootHash) throws Exception {
    return call(from, encodeAnchor(treeSize, rootHash));
  }

  private EthCall indexOf(long treeSize) throws Exception {
    return call(stranger, contract.indexOf(BigInteger.valueOf(treeSize)).encodeFunctionCall());
  }

  private EthCall call(Credentials from, String data) throws Exception {
    return anvil
        .web3j()
        .ethCall(
            Transaction.createEthCallTransaction(
                from.getAddress(), contract.getContractAddress(), data),
            DefaultBlockParameterName.LATEST)
        .send();
  }

  /** Sends without asking the node first whether it would fail, so that the failure is mined. */
  private TransactionReceipt mined(Credentials from, String data) throws Exception {
    String transaction =
        manager(from)
            .sendTransaction(
                GAS.getGasPrice(),
                GAS.getGasLimit(),
                contract.getContractAddress(),
                data,
                BigInteger.ZERO)
            .getTransactionHash();
    return new PollingTransactionReceiptProcessor(anvil.web3j(), 10, 500)
        .waitForTransactionReceipt(transaction);
  }

  @SuppressWarnings("rawtypes")
  private static void assertRefused(EthCall answer, String error, Type... arguments) {
    assertThat(answer.hasError()).as("refused with %s", error).isTrue();
    var expected = new StringBuilder(Hash.sha3String(error).substring(0, 10));
    for (Type argument : arguments) {
      expected.append(TypeEncoder.encode(argument));
    }
    // web3j hands the data on as the JSON text it read, quotation marks included.
    assertThat(answer.getError().getData()).as(error).isEqualTo("\"" + expected + "\"");
  }

  private static List<byte[]> records(int count) {
    return IntStream.range(0, count).mapToObj(i -> root("record " + i)).toList();
  }

  private static byte[] root(String seed) {
    return Rfc6962.sha256(seed.getBytes(StandardCharsets.UTF_8));
  }
}
