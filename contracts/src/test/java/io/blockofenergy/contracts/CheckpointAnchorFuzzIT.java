package io.blockofenergy.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Keys;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.gas.StaticGasProvider;
import org.web3j.tx.response.PollingTransactionReceiptProcessor;

/** Chance calls whatever there is to call, and the contract does what a few lines of Java do. */
class CheckpointAnchorFuzzIT {
  private static final long CHAIN_ID = 31337;
  private static final int STEPS = 150;
  private static final StaticGasProvider GAS =
      new StaticGasProvider(BigInteger.valueOf(3_000_000_000L), BigInteger.valueOf(3_000_000));
  private static final byte[] ADMIN = new byte[32];

  private static Anvil anvil;
  private static final List<Credentials> ACCOUNTS = new ArrayList<>();

  @BeforeAll
  static void startChain() throws Exception {
    anvil = new Anvil();
    for (int i = 0; i < 4; i++) {
      Credentials account = Credentials.create(Keys.createEcKeyPair());
      anvil.fund(account);
      ACCOUNTS.add(account);
    }
  }

  @AfterAll
  static void stopChain() {
    if (anvil != null) {
      anvil.close();
    }
  }

  /** All that the contract is to remember. */
  private static final class Model {
    final List<Long> sizes = new ArrayList<>();
    final List<byte[]> roots = new ArrayList<>();
    final Set<String> admins = new HashSet<>();
    final Set<String> anchorers = new HashSet<>();

    boolean anchor(String from, long size, byte[] root) {
      long latest = sizes.isEmpty() ? 0 : sizes.get(sizes.size() - 1);
      if (!anchorers.contains(from) || size <= latest || isZero(root)) {
        return false;
      }
      sizes.add(size);
      roots.add(root);
      return true;
    }

    boolean grant(String from, Set<String> role, String to) {
      return admins.contains(from) && (role.add(to) || true);
    }

    boolean revoke(String from, Set<String> role, String of) {
      return admins.contains(from) && (role.remove(of) || true);
    }

    boolean renounce(String from, Set<String> role, String confirmation) {
      return from.equals(confirmation) && (role.remove(from) || true);
    }

    private static boolean isZero(byte[] root) {
      for (byte b : root) {
        if (b != 0) {
          return false;
        }
      }
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverIsCalledTheContractAgreesWithThePlainModel(long seed) throws Exception {
    Random chance = new Random(seed);
    Model model = new Model();
    String admin = ACCOUNTS.get(0).getAddress();
    String anchorer = ACCOUNTS.get(1).getAddress();
    CheckpointAnchor contract =
        CheckpointAnchor.deploy(anvil.web3j(), manager(ACCOUNTS.get(0)), GAS, admin, anchorer)
            .send();
    model.admins.add(admin);
    model.anchorers.add(anchorer);
    byte[] anchoring = contract.ANCHORER_ROLE().send();

    for (int step = 0; step < STEPS; step++) {
      Credentials from = ACCOUNTS.get(chance.nextInt(ACCOUNTS.size()));
      String self = from.getAddress();
      String other = ACCOUNTS.get(chance.nextInt(ACCOUNTS.size())).getAddress();
      boolean administers = chance.nextInt(8) == 0;
      byte[] role = administers ? ADMIN : anchoring;
      Set<String> holders = administers ? model.admins : model.anchorers;
      String data;
      boolean expected;
      switch (chance.nextInt(10)) {
        case 0, 1 -> {
          data = contract.grantRole(role, other).encodeFunctionCall();
          expected = model.grant(self, holders, other);
        }
        case 2 -> {
          data = contract.revokeRole(role, other).encodeFunctionCall();
          expected = model.revoke(self, holders, other);
        }
        case 3 -> {
          data = contract.renounceRole(role, other).encodeFunctionCall();
          expected = model.renounce(self, holders, other);
        }
        default -> {
          long latest = model.sizes.isEmpty() ? 0 : model.sizes.get(model.sizes.size() - 1);
          long size = Math.max(0, latest + chance.nextInt(20) - 4);
          byte[] root = new byte[32];
          if (chance.nextInt(10) > 0) {
            chance.nextBytes(root);
          }
          data = contract.anchor(BigInteger.valueOf(size), root).encodeFunctionCall();
          expected = model.anchor(self, size, root);
        }
      }
      assertThat(mined(from, contract.getContractAddress(), data).isStatusOK())
          .as("seed %d, step %d", seed, step)
          .isEqualTo(expected);
    }
    assertThat(model.sizes).as("seed %d was not idle", seed).hasSizeGreaterThan(5);
    assertAgrees(contract, model, anchoring);
  }

  private static void assertAgrees(CheckpointAnchor contract, Model model, byte[] anchoring)
      throws Exception {
    assertThat(contract.count().send()).isEqualTo(model.sizes.size());
    for (int i = 0; i < model.sizes.size(); i++) {
      var there = contract.checkpointAt(BigInteger.valueOf(i)).send();
      assertThat(there.component1()).isEqualTo(model.sizes.get(i).longValue());
      assertThat(there.component2()).isEqualTo(model.roots.get(i));
      assertThat(contract.indexOf(BigInteger.valueOf(model.sizes.get(i))).send()).isEqualTo(i);
    }
    for (Credentials account : ACCOUNTS) {
      String address = account.getAddress();
      assertThat(contract.hasRole(ADMIN, address).send()).isEqualTo(model.admins.contains(address));
      assertThat(contract.hasRole(anchoring, address).send())
          .isEqualTo(model.anchorers.contains(address));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyProofOfARandomTreeHoldsAndNoneThatWasChanged(long seed) throws Exception {
    Random chance = new Random(seed);
    CheckpointAnchor contract =
        CheckpointAnchor.deploy(
                anvil.web3j(),
                manager(ACCOUNTS.get(0)),
                GAS,
                ACCOUNTS.get(0).getAddress(),
                ACCOUNTS.get(0).getAddress())
            .send();
    int size = 1 + chance.nextInt(1 << (1 + chance.nextInt(10)));
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      byte[] record = new byte[32];
      chance.nextBytes(record);
      records.add(record);
    }
    contract.anchor(BigInteger.valueOf(size), Rfc6962.root(records)).send();

    for (int i = 0; i < 12; i++) {
      int leaf = chance.nextInt(size);
      List<byte[]> path = Rfc6962.path(leaf, records);
      assertThat(verify(contract, records.get(leaf), leaf, size, path))
          .as("seed %d, leaf %d of %d", seed, leaf, size)
          .isTrue();
      byte[] record = flipped(records.get(leaf), chance);
      assertThat(verify(contract, record, leaf, size, path)).isFalse();
      if (!path.isEmpty()) {
        List<byte[]> changed = new ArrayList<>(path);
        int at = chance.nextInt(path.size());
        changed.set(at, flipped(path.get(at), chance));
        assertThat(verify(contract, records.get(leaf), leaf, size, changed))
            .as("seed %d, leaf %d of %d, node %d flipped", seed, leaf, size, at)
            .isFalse();
      }
    }
  }

  private static byte[] flipped(byte[] hash, Random chance) {
    byte[] other = hash.clone();
    other[chance.nextInt(32)] ^= (byte) (1 << chance.nextInt(8));
    return other;
  }

  private static boolean verify(
      CheckpointAnchor contract, byte[] record, long leaf, long size, List<byte[]> path)
      throws Exception {
    return contract
        .verifyInclusion(record, BigInteger.valueOf(leaf), BigInteger.valueOf(size), path)
        .send();
  }

  private static RawTransactionManager manager(Credentials account) {
    return new RawTransactionManager(anvil.web3j(), account, CHAIN_ID, 500, 10);
  }

  /** Sends without asking the node first whether it would fail, so that the failure is mined. */
  private static TransactionReceipt mined(Credentials from, String to, String data)
      throws Exception {
    String transaction =
        manager(from)
            .sendTransaction(GAS.getGasPrice(), GAS.getGasLimit(), to, data, BigInteger.ZERO)
            .getTransactionHash();
    return new PollingTransactionReceiptProcessor(anvil.web3j(), 5, 1000)
        .waitForTransactionReceipt(transaction);
  }
}
