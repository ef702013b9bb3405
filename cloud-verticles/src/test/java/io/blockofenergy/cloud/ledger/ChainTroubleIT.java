package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.ledger.ChainAnchor.AnchorReceipt;
import io.blockofenergy.telemetry.UnavailableException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a chain of others may do to our transactions, and who may do what with the contract. */
@Timeout(60)
class ChainTroubleIT {
  private static final String SAFE = "0x00000000000000000000000000000000000000aa";

  @TempDir Path directory;

  private EvmProcess node;
  private AnchorKey key;
  private ChainAnchor chain;

  @BeforeEach
  void startChain() throws Exception {
    node = EvmProcess.anvil();
    key = AnchorKey.loadOrCreate(directory.resolve("anchor.key"));
    node.fund(key.address());
    chain = chain(config(null, null, 0, 500));
  }

  @AfterEach
  void stopChain() {
    chain.close();
    node.close();
  }

  @Test
  void aStuckTransactionIsReplacedAtAHigherPrice() {
    chain.ensureContract(null);
    node.rpc("evm_setAutomine", false);
    assertThatThrownBy(() -> chain.anchor(3, root(1))).isInstanceOf(UnavailableException.class);
    BigInteger before = waitingPrice();

    assertThatThrownBy(() -> chain.anchor(3, root(1))).isInstanceOf(UnavailableException.class);

    assertThat(waitingPrice()).isGreaterThan(before);
    node.rpc("evm_mine");
    assertThat(chain.anchor(3, root(1)).index()).isZero();
    assertThat(chain.count()).isEqualTo(1);
  }

  @Test
  void anotherProcessReplacesWhatHangsAtAPriceThatItDoesNotKnow() {
    chain.ensureContract(null);
    node.rpc("evm_setAutomine", false);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> chain.anchor(3, root(1))).isInstanceOf(UnavailableException.class);
    }
    BigInteger before = waitingPrice();

    // Another checkpoint, so the same transaction cannot be what is sent.
    try (ChainAnchor restarted = chain(config(null, null, 0, 500))) {
      restarted.ensureContract(null);
      assertThatThrownBy(() -> restarted.anchor(4, root(2)))
          .isInstanceOf(UnavailableException.class);
      assertThat(waitingPrice()).isGreaterThan(before);
      node.rpc("evm_mine");
      assertThat(restarted.anchor(4, root(2)).index()).isZero();
      assertThat(restarted.count()).isEqualTo(1);
    }
  }

  @Test
  void aDroppedTransactionIsSentAgain() {
    chain.ensureContract(null);
    node.rpc("evm_setAutomine", false);
    assertThatThrownBy(() -> chain.anchor(3, root(1))).isInstanceOf(UnavailableException.class);
    node.rpc("anvil_dropAllTransactions");
    node.rpc("evm_setAutomine", true);

    assertThat(chain.anchor(3, root(1)).index()).isZero();
    assertThat(chain.anchor(4, root(2)).index()).isEqualTo(1);
  }

  @Test
  void noTransactionIsSentAtAPriceBeyondTheBound() {
    try (ChainAnchor thrifty = chain(config(null, null, 0, 3))) {
      thrifty.ensureContract(null);
      node.rpc("anvil_setNextBlockBaseFeePerGas", "0x" + Long.toHexString(4_000_000_000L));
      node.rpc("evm_mine");
      assertThatThrownBy(() -> thrifty.anchor(3, root(1)))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("chain.maxFeeGwei");

      node.rpc("anvil_setNextBlockBaseFeePerGas", "0x" + Long.toHexString(1_000_000_000L));
      node.rpc("evm_mine");
      assertThat(thrifty.anchor(3, root(1)).index()).isZero();
    }
  }

  @Test
  void aReplacementNeverCostsMoreThanTheBound() {
    try (ChainAnchor thrifty = chain(config(null, null, 0, 4))) {
      thrifty.ensureContract(null);
      node.rpc("evm_setAutomine", false);
      for (int i = 0; i < 4; i++) {
        assertThatThrownBy(() -> thrifty.anchor(3, root(1)))
            .isInstanceOf(UnavailableException.class);
      }
      assertThat(waitingPrice()).isLessThanOrEqualTo(BigInteger.valueOf(4_000_000_000L));
      node.rpc("evm_mine");
      assertThat(thrifty.anchor(3, root(1)).index()).isZero();
    }
  }

  @Test
  void anAnchorCountsOnceEnoughBlocksAreOnTopOfIt() {
    try (ChainAnchor patient = chain(config(null, null, 3, 500))) {
      patient.ensureContract(null);
      AnchorReceipt first = patient.anchor(3, root(1));
      assertThat(first.confirmed()).isFalse();
      node.rpc("anvil_mine", "0x2");
      assertThat(patient.anchor(3, root(1)).confirmed()).isFalse();
      node.rpc("anvil_mine", "0x1");

      AnchorReceipt deep = patient.anchor(3, root(1));
      assertThat(deep.confirmed()).isTrue();
      assertThat(deep.block()).isEqualTo(first.block());
      assertThat(deep.txHash()).isEqualTo(first.txHash());
    }
  }

  @Test
  void aReceiptFromFarBackIsFoundAndOneFromFurtherHasNoTransaction() {
    chain.ensureContract(null);
    AnchorReceipt first = chain.anchor(3, root(1));
    try (EvmRpc rpc = new EvmRpc(node.rpcUrl())) {
      var contract = new AnchorContract(rpc, key.address(), chain.contractAddress(), 5, 10);
      ChainAnchor.Anchored anchored = chain.find(3).orElseThrow();
      node.rpc("anvil_mine", "0x64");
      assertThat(contract.receiptOf(anchored)).isEqualTo(first);

      node.rpc("anvil_mine", "0x64");
      AnchorReceipt old = contract.receiptOf(anchored);
      assertThat(old.index()).isZero();
      assertThat(old.txHash()).isNull();
      assertThat(old.confirmed()).isTrue();

      var patient = new AnchorContract(rpc, key.address(), chain.contractAddress(), 300, 10);
      assertThat(patient.receiptOf(anchored).confirmed()).isFalse();
      node.rpc("anvil_mine", "0x63");
      assertThat(patient.receiptOf(anchored).confirmed()).isFalse();
      node.rpc("anvil_mine", "0x1");
      AnchorReceipt deep = patient.receiptOf(anchored);
      assertThat(deep.txHash()).isNull();
      assertThat(deep.confirmed()).isTrue();
    }
  }

  @Test
  void nothingIsSentOnAnotherChainThanThePinnedOne() {
    assertThatThrownBy(() -> chain.ensureContract(null, 1L))
        .isInstanceOf(AnchorConflictException.class)
        .hasMessageContaining("chain 1,");

    assertThat(node.rpc("eth_getTransactionCount", key.address(), "latest")).isEqualTo("0x0");
  }

  @Test
  void aContractWithOtherCodeIsRefused() {
    String address = chain.ensureContract(null);
    String code = (String) node.rpc("eth_getCode", address, "latest");
    // One jump goes elsewhere, where nobody would see it.
    node.rpc("anvil_setCode", address, code.replaceFirst("5b", "58"));

    assertThatThrownBy(() -> chain.anchor(3, root(1)))
        .isInstanceOf(AnchorConflictException.class)
        .hasMessageContaining("not that of this build");

    // The last bytes are a digest of sources and comments, and length; they say nothing of the
    // code.
    String metadata = code.substring(code.length() - 44, code.length() - 40);
    String other = metadata.equals("0000") ? "1111" : "0000";
    node.rpc(
        "anvil_setCode",
        address,
        code.substring(0, code.length() - 44) + other + code.substring(code.length() - 40));
    assertThat(chain.ensureContract(address)).isEqualTo(address);
  }

  @Test
  void aContractThatSomebodyElseDeployedIsUsed() throws Exception {
    AnchorKey other = AnchorKey.loadOrCreate(directory.resolve("other.key"));
    node.fund(other.address());
    String address = chain.ensureContract(null);
    grant("ANCHORER_ROLE", address, other.address());

    try (ChainAnchor guest = chain(other, config(address, null, 0, 500))) {
      assertThat(guest.ensureContract(null)).isEqualTo(address);
      assertThat(guest.anchor(3, root(1)).index()).isZero();
      assertThatThrownBy(() -> guest.ensureContract(SAFE))
          .isInstanceOf(AnchorConflictException.class)
          .hasMessageContaining("chain.contract");
    }
    assertThat(chain.find(3)).isPresent();
  }

  @Test
  void aNewContractIsTheConfiguredAdministratorsFromTheStart() {
    try (ChainAnchor handing = chain(config(null, SAFE, 0, 500))) {
      String address = handing.ensureContract(null);

      assertThat(isAdmin(address, SAFE)).isTrue();
      assertThat(isAdmin(address, key.address())).isFalse();
      assertThat(handing.anchor(3, root(1)).index()).isZero();
    }
  }

  @Test
  void anOldContractIsHandedOverOnceAndAfterACrashBetween() {
    String address = chain.ensureContract(null);
    chain.anchor(3, root(1));
    node.rpc("evm_setAutomine", false);
    try (ChainAnchor handing = chain(config(null, SAFE, 0, 500))) {
      assertThatThrownBy(() -> handing.ensureContract(address))
          .isInstanceOf(UnavailableException.class);
    }
    node.rpc("evm_mine");
    // Granted, not renounced: here the process ended.
    assertThat(isAdmin(address, SAFE)).isTrue();
    assertThat(isAdmin(address, key.address())).isTrue();
    node.rpc("evm_setAutomine", true);

    try (ChainAnchor handing = chain(config(null, SAFE, 0, 500))) {
      handing.ensureContract(address);
      assertThat(isAdmin(address, key.address())).isFalse();
      Object sent = node.rpc("eth_getTransactionCount", key.address(), "latest");
      handing.ensureContract(address);
      assertThat(node.rpc("eth_getTransactionCount", key.address(), "latest")).isEqualTo(sent);
      assertThat(handing.anchor(4, root(2)).index()).isEqualTo(1);
    }
  }

  private void grant(String role, String contract, String account) {
    String hash = org.web3j.crypto.Hash.sha3String(role).substring(2);
    node.rpc("anvil_impersonateAccount", key.address());
    node.rpc(
        "eth_sendTransaction",
        Map.of(
            "from",
            key.address(),
            "to",
            contract,
            "data",
            "0x2f2ff15d" + hash + "0".repeat(24) + account.substring(2)));
  }

  private boolean isAdmin(String contract, String account) {
    String data = "0x91d14854" + "0".repeat(64) + "0".repeat(24) + account.substring(2);
    Object answer = node.rpc("eth_call", Map.of("to", contract, "data", data), "latest");
    return ((String) answer).endsWith("1");
  }

  /** The gas price of the only transaction in the pool. */
  private BigInteger waitingPrice() {
    Map<?, ?> pending = (Map<?, ?>) ((Map<?, ?>) node.rpc("txpool_content")).get("pending");
    List<?> transactions =
        pending.values().stream()
            .flatMap(byNonce -> ((Map<?, ?>) byNonce).values().stream())
            .toList();
    assertThat(transactions).hasSize(1);
    String price = (String) ((Map<?, ?>) transactions.get(0)).get("gasPrice");
    return new BigInteger(price.substring(2), 16);
  }

  private static ChainConfig config(String contract, String admin, int confirmations, int maxFee) {
    return new ChainConfig(
        Optional.ofNullable(contract),
        Optional.ofNullable(admin),
        confirmations,
        maxFee,
        Optional.empty(),
        Optional.empty());
  }

  private ChainAnchor chain(ChainConfig config) {
    return chain(key, config);
  }

  private ChainAnchor chain(AnchorKey account, ChainConfig config) {
    return new ChainAnchor(
        node.rpcUrl(), account, config, Duration.ofMillis(300), Duration.ofMillis(10));
  }

  private static byte[] root(int value) {
    byte[] root = new byte[32];
    Arrays.fill(root, (byte) value);
    return root;
  }
}
