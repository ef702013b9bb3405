package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.ledger.ChainAnchor.AnchorReceipt;
import io.blockofenergy.cloud.ledger.ChainAnchor.Anchored;
import io.blockofenergy.cloud.local.LocalChain;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.http.HttpService;

/**
 * Anchoring on a real EVM node that is started here plainly, without the supervisor, and so forgets
 * everything whenever it is killed: the worst chain there can be.
 */
@Timeout(60)
class ChainAnchorIT {
  @TempDir Path directory;

  private int port;
  private Process anvil;
  private AnchorKey key;
  private ChainAnchor chain;

  @BeforeEach
  void startChain() throws Exception {
    key = AnchorKey.loadOrCreate(directory.resolve("anchor.key"));
    startAnvil(0);
    chain = chainAnchor(key);
  }

  @AfterEach
  void stopChain() {
    chain.close();
    killAnvil();
  }

  @Test
  void deploysOnceAndFindsTheContractAfterwards() {
    String address = chain.ensureContract(null);

    assertThat(address).matches("0x[0-9a-f]{40}");
    assertThat(chain.ensureContract(address)).isEqualTo(address);
    assertThat(chain.chainId()).isEqualTo(31337);
    assertThat(chain.count()).isZero();
    assertThat(chain.latest()).isEmpty();
    // Crashed after the deployment and before anybody wrote the address down.
    try (var restarted = chainAnchor(key)) {
      assertThat(restarted.ensureContract(null)).isEqualTo(address);
    }
  }

  @Test
  void anchorsAndFindsAgain() {
    chain.ensureContract(null);

    AnchorReceipt first = chain.anchor(3, root(1));
    AnchorReceipt second = chain.anchor(10, root(2));

    assertThat(first.index()).isZero();
    assertThat(second.index()).isEqualTo(1);
    assertThat(second.txHash()).matches("0x[0-9a-f]{64}");
    assertThat(second.block()).isEqualTo(first.block() + 1);
    assertThat(chain.count()).isEqualTo(2);
    assertThat(chain.anchorAt(0)).contains(new Anchored(0, 3, root(1)));
    assertThat(chain.anchorAt(2)).isEmpty();
    assertThat(chain.latest()).contains(new Anchored(1, 10, root(2)));
    assertThat(chain.find(10)).contains(new Anchored(1, 10, root(2)));
    assertThat(chain.find(4)).isEmpty();
  }

  @Test
  void theHundredthAnchorCostsNoMoreThanTheFirst() {
    chain.ensureContract(null);
    for (int size = 1; size <= 100; size++) {
      chain.anchor(size, root(size));
    }
    // At a price that doubled each time, the account would be empty after some twenty.
    assertThat(chain.count()).isEqualTo(100);
  }

  @Test
  void whatStandsThereIsFoundNotSentAgain() {
    chain.ensureContract(null);
    AnchorReceipt first = chain.anchor(3, root(1));
    AnchorReceipt second = chain.anchor(4, root(2));

    // Crashed after the transaction was mined and before anybody wrote the receipt down.
    try (var restarted = chainAnchor(key)) {
      restarted.ensureContract(null);
      assertThat(restarted.anchor(4, root(2))).isEqualTo(second);
      assertThat(restarted.anchor(3, root(1))).isEqualTo(first);
      assertThat(restarted.count()).isEqualTo(2);
    }
  }

  @Test
  void saysWhenTheChainContradicts() {
    chain.ensureContract(null);
    chain.anchor(3, root(1));
    chain.anchor(9, root(2));

    assertThatThrownBy(() -> chain.anchor(9, root(3)))
        .isInstanceOf(AnchorConflictException.class)
        .hasMessageContaining("is anchored with root");
    assertThatThrownBy(() -> chain.anchor(5, root(3)))
        .isInstanceOf(AnchorConflictException.class)
        .hasMessageContaining("9 has been");
    assertThatThrownBy(() -> chain.anchor(10, new byte[32]))
        .isInstanceOf(AnchorConflictException.class);

    assertThat(chain.anchor(10, root(4)).index()).isEqualTo(2);
  }

  @Test
  void aChainThatForgotEverythingGetsTheContractAtTheSameAddress() throws Exception {
    String address = chain.ensureContract(null);
    chain.anchor(3, root(1));

    killAnvil();
    assertThatThrownBy(() -> chain.count()).isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> chain.anchor(4, root(2))).isInstanceOf(UnavailableException.class);
    startAnvil(port);

    assertThatThrownBy(() -> chain.count()).isInstanceOf(UnavailableException.class);
    assertThat(chain.ensureContract(address)).isEqualTo(address);
    assertThat(chain.count()).isZero();
    assertThat(chain.anchor(3, root(1)).index()).isZero();
    assertThat(chain.anchor(4, root(2)).index()).isEqualTo(1);
  }

  @Test
  void anchoringItselfBringsAForgottenContractBack() throws Exception {
    chain.ensureContract(null);
    chain.anchor(3, root(1));
    killAnvil();
    startAnvil(port);

    assertThat(chain.anchor(4, root(2)).index()).isZero();
    assertThat(chain.latest()).contains(new Anchored(0, 4, root(2)));
  }

  @Test
  void receiptsAreFoundAgainOnARestartedLocalChain() throws Exception {
    Path data = directory.resolve("chain");
    String address;
    AnchorReceipt receipt;
    try (var local = new LocalChain(LocalChain.findAnvil(), data, 0)) {
      local.start();
      local.fund(key.address());
      try (var anchor = chainAnchor(local.rpcUrl(), key)) {
        address = anchor.ensureContract(null);
        anchor.anchor(3, root(1));
        receipt = anchor.anchor(4, root(2));
        anchor.anchor(5, root(3));
      }
    }
    try (var local = new LocalChain(LocalChain.findAnvil(), data, 0)) {
      local.start();
      try (var anchor = chainAnchor(local.rpcUrl(), key)) {
        assertThat(anchor.ensureContract(address)).isEqualTo(address);
        assertThat(anchor.anchor(4, root(2))).isEqualTo(receipt);
        assertThat(anchor.anchor(6, root(4)).block()).isEqualTo(receipt.block() + 2);
      }
    }
  }

  @Test
  void aTransactionThatIsNotMinedInTimeIsNotAnchoredTwice() throws Exception {
    chain.ensureContract(null);
    rpc("evm_setAutomine", false);
    assertThatThrownBy(() -> chain.anchor(3, root(1)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("not mined");
    // The first one is still in the pool: the same nonce is refused or replaces it, never both.
    assertThatThrownBy(() -> chain.anchor(3, root(1))).isInstanceOf(UnavailableException.class);

    rpc("evm_setAutomine", true);
    rpc("evm_mine");

    assertThat(chain.anchor(3, root(1)).index()).isZero();
    assertThat(chain.anchor(4, root(2)).index()).isEqualTo(1);
    assertThat(chain.count()).isEqualTo(2);
  }

  @Test
  void aWrongAddressIsNotPaperedOver() {
    assertThatThrownBy(() -> chain.ensureContract("0x00000000000000000000000000000000000000ff"))
        .isInstanceOf(AnchorConflictException.class)
        .hasMessageContaining("0x00000000000000000000000000000000000000ff");
  }

  @Test
  void anotherKeyMayNotAnchorInOurContract() throws Exception {
    String address = chain.ensureContract(null);
    AnchorKey other = AnchorKey.loadOrCreate(directory.resolve("other.key"));
    fund(other.address());

    try (var stranger = chainAnchor(other)) {
      assertThatThrownBy(() -> stranger.ensureContract(address))
          .isInstanceOf(AnchorConflictException.class)
          .hasMessageContaining("ANCHORER_ROLE");
    }
  }

  @Test
  void aKeyThatWasUsedForOtherThingsIsRefused() throws Exception {
    rpc("anvil_setNonce", key.address(), "0x2");

    assertThatThrownBy(() -> chain.ensureContract(null))
        .isInstanceOf(AnchorConflictException.class)
        .hasMessageContaining("fresh key");
  }

  @Test
  void anAccountWithoutMoneyIsTransient() throws Exception {
    rpc("anvil_setBalance", key.address(), "0x0");
    assertThatThrownBy(() -> chain.ensureContract(null)).isInstanceOf(UnavailableException.class);

    fund(key.address());

    assertThat(chain.ensureContract(null)).isNotNull();
  }

  @Test
  void noNodeIsTransient() throws Exception {
    int nobody;
    try (var socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    try (var lonely =
        new ChainAnchor(
            "http://127.0.0.1:" + nobody, key, Duration.ofSeconds(1), Duration.ofMillis(10))) {
      assertThatThrownBy(() -> lonely.ensureContract(null))
          .isInstanceOf(UnavailableException.class);
    }
  }

  private ChainAnchor chainAnchor(AnchorKey account) {
    return chainAnchor("http://127.0.0.1:" + port, account);
  }

  private static ChainAnchor chainAnchor(String url, AnchorKey account) {
    return new ChainAnchor(url, account, Duration.ofSeconds(2), Duration.ofMillis(10));
  }

  private void startAnvil(int onPort) throws Exception {
    anvil =
        new ProcessBuilder(
                LocalChain.findAnvil().toString(),
                "--port",
                Integer.toString(onPort),
                "--accounts",
                "0",
                "--prune-history",
                "--cache-path",
                Files.createDirectories(directory.resolve("cache")).toString())
            .redirectErrorStream(true)
            .start();
    var output =
        new BufferedReader(new InputStreamReader(anvil.getInputStream(), StandardCharsets.UTF_8));
    List<String> seen = new ArrayList<>();
    String line = "";
    while (!line.startsWith("Listening on ")) {
      line = output.readLine();
      if (line == null) {
        throw new IllegalStateException("anvil ended: " + seen);
      }
      seen.add(line);
    }
    port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    var drain = new Thread(() -> output.lines().forEach(l -> {}), "anvil-output");
    drain.setDaemon(true);
    drain.setUncaughtExceptionHandler((thread, ended) -> {});
    drain.start();
    fund(key.address());
  }

  private void killAnvil() {
    anvil.destroyForcibly().onExit().join();
  }

  private void fund(String address) throws IOException {
    rpc("anvil_setBalance", address, "0x" + BigInteger.TEN.pow(20).toString(16));
  }

  private void rpc(String method, Object... parameters) {
    var http = new HttpService("http://127.0.0.1:" + port);
    try {
      AnyResponse answer =
          new Request<>(method, Arrays.asList(parameters), http, AnyResponse.class).send();
      assertThat(answer.hasError()).as("%s", method).isFalse();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] root(int value) {
    byte[] root = new byte[32];
    Arrays.fill(root, (byte) value);
    return root;
  }

  /** An answer whose content does not matter. */
  static final class AnyResponse extends Response<Object> {}
}
