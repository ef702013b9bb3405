package io.blockofenergy.cloud.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.contracts.CheckpointAnchor;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Keys;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.gas.StaticGasProvider;

/** The supervised chain, with the real anvil, through real kills. */
@Timeout(60)
class LocalChainIT {
  private static final StaticGasProvider GAS =
      new StaticGasProvider(BigInteger.valueOf(4_000_000_000L), BigInteger.valueOf(2_000_000));

  @TempDir Path directory;

  private Process otherProcess;

  @AfterEach
  void endOtherProcess() {
    if (otherProcess != null) {
      otherProcess.destroyForcibly();
    }
  }

  @Test
  void whatWasPersistedSurvivesAKilledAnvil() throws Exception {
    try (var chain = chain(0)) {
      chain.start();
      CheckpointAnchor contract = deploy(chain);
      anchor(contract, 5);
      chain.persist();

      long killed = kill(chain);
      await(() -> chain.pid().filter(pid -> pid != killed).isPresent());

      await(() -> contract.count().send().intValue() == 1);
      anchor(contract, 6);
      assertThat(contract.count().send()).isEqualTo(2);
    }
  }

  @Test
  void eachNewBlockIsSoonDumpedWithoutBeingAsked() throws Exception {
    try (var chain = chain(0)) {
      chain.start();
      CheckpointAnchor contract = deploy(chain);
      anchor(contract, 5);
      anchor(contract, 6);

      await(() -> dumpedBlock() == 3);
      long killed = kill(chain);
      await(() -> chain.pid().filter(pid -> pid != killed).isPresent());

      await(() -> contract.count().send().intValue() == 2);
    }
  }

  @Test
  void aFailedDumpIsTriedAgainAndDoesNotEndAnvil() throws Exception {
    try (var chain = chain(0)) {
      chain.start();
      long pid = chain.pid().orElseThrow();
      CheckpointAnchor contract = deploy(chain);
      await(() -> dumpedBlock() == 1);
      Path obstacle = directory.resolve("state.json.new");
      await(() -> obstruct(obstacle));
      anchor(contract, 5);
      assertThatThrownBy(chain::persist).isInstanceOf(UnavailableException.class);

      Files.delete(obstacle);

      await(() -> dumpedBlock() == 2);
      assertThat(chain.pid()).contains(pid);
    }
  }

  private static boolean obstruct(Path file) throws IOException {
    Files.createDirectory(file);
    return true;
  }

  @Test
  void anOrderlyStopKeepsTheLastBlockAndLeavesNoProcess() throws Exception {
    String address;
    int port;
    long pid;
    try (var chain = chain(0)) {
      chain.start();
      port = chain.port();
      pid = chain.pid().orElseThrow();
      CheckpointAnchor contract = deploy(chain);
      anchor(contract, 5);
      address = contract.getContractAddress();
    }
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(directory.resolve("cache")).doesNotExist();

    try (var chain = chain(port)) {
      chain.start();
      assertThat(chain.port()).isEqualTo(port);
      var contract = CheckpointAnchor.load(address, web3j(chain), Credentials.create("0x1"), GAS);
      assertThat(contract.latest().send().component1()).isEqualTo(5);
    }
  }

  @Test
  void aTerminatedProcessKeepsTheLastBlock() throws Exception {
    Credentials account = Credentials.create(Keys.createEcKeyPair());
    Process parent = startInAnotherProcess(account.getAddress());
    long anvil = numberPrintedBy(parent);
    String url = "http://127.0.0.1:" + numberPrintedBy(parent);
    CheckpointAnchor contract = deploy(url, account);
    anchor(contract, 5);

    parent.destroy();
    parent.waitFor();

    await(() -> ProcessHandle.of(anvil).filter(ProcessHandle::isAlive).isEmpty());
    assertThat(dumpedBlock()).isEqualTo(2);
  }

  @Test
  void anvilDoesNotOutliveAKilledParent() throws Exception {
    Process parent = startInAnotherProcess("0x00000000000000000000000000000000000000aa");
    long anvil = numberPrintedBy(parent);

    parent.destroyForcibly().waitFor();

    // By the kernel, where there is setpriv, as on every Debian; nobody has started another one
    // yet.
    await(() -> ProcessHandle.of(anvil).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void anAnvilLeftBehindIsEndedByTheNextStart() throws Exception {
    Files.createDirectories(directory.resolve("cache"));
    Process leftover =
        new ProcessBuilder(
                LocalChain.findAnvil().toString(),
                "--port",
                "0",
                "--cache-path",
                directory.resolve("cache").toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Files.writeString(directory.resolve("anvil.pid"), Long.toString(leftover.pid()));
    try (var chain = chain(0)) {
      chain.start();

      assertThat(leftover.isAlive()).isFalse();
      assertThat(chain.pid()).isPresent();
    } finally {
      leftover.destroyForcibly();
    }
  }

  @Test
  void aProcessThatOnlyHasTheRecordedIdIsLeftAlone() throws Exception {
    Process innocent = new ProcessBuilder("sleep", "60").start();
    Files.writeString(directory.resolve("anvil.pid"), Long.toString(innocent.pid()));
    try (var chain = chain(0)) {
      chain.start();

      assertThat(innocent.isAlive()).isTrue();
    } finally {
      innocent.destroyForcibly();
    }
  }

  @Test
  void aTakenPortNamesItsVariable() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        var chain = chain(taken.getLocalPort())) {
      assertThatThrownBy(chain::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("BOE_CHAIN_PORT")
          .hasMessageContaining(Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aDirectoryServesOneChainAtATime() {
    try (var first = chain(0);
        var second = chain(0)) {
      first.start();

      assertThatThrownBy(second::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(directory.toString());

      assertThat(first.pid()).isPresent();
    }
  }

  @Test
  void anUnreadableStateIsAnErrorAndIsKept() throws Exception {
    Files.writeString(directory.resolve("state.json"), "{}");
    try (var chain = chain(0)) {
      assertThatThrownBy(chain::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("state.json");
    }
    assertThat(directory.resolve("state.json")).hasContent("{}");
  }

  @Test
  void aMissingBinaryIsAnError() {
    try (var chain = new LocalChain(Path.of("/nowhere/anvil"), directory, 0)) {
      assertThatThrownBy(chain::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("/nowhere/anvil");
    }
  }

  @Test
  void noAccountThatTheWorldKnowsTheKeyOfHasMoney() throws Exception {
    try (var chain = chain(0)) {
      chain.start();
      Web3j web3j = web3j(chain);

      assertThat(web3j.ethAccounts().send().getAccounts()).isEmpty();
      BigInteger balance =
          web3j
              .ethGetBalance(
                  "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", DefaultBlockParameterName.LATEST)
              .send()
              .getBalance();
      assertThat(balance).isZero();
    }
  }

  private LocalChain chain(int port) {
    return new LocalChain(LocalChain.findAnvil(), directory, port);
  }

  private static Web3j web3j(LocalChain chain) {
    return Web3j.build(new HttpService(chain.rpcUrl()));
  }

  private static CheckpointAnchor deploy(LocalChain chain) throws Exception {
    Credentials account = Credentials.create(Keys.createEcKeyPair());
    chain.fund(account.getAddress());
    return deploy(chain.rpcUrl(), account);
  }

  private static CheckpointAnchor deploy(String url, Credentials account) throws Exception {
    Web3j web3j = Web3j.build(new HttpService(url));
    var manager = new RawTransactionManager(web3j, account, LocalChain.CHAIN_ID, 500, 10);
    return CheckpointAnchor.deploy(web3j, manager, GAS, account.getAddress(), account.getAddress())
        .send();
  }

  private static void anchor(CheckpointAnchor contract, long treeSize) throws Exception {
    byte[] root = new byte[32];
    Arrays.fill(root, (byte) treeSize);
    assertThat(contract.anchor(BigInteger.valueOf(treeSize), root).send().isStatusOK()).isTrue();
  }

  private static long kill(LocalChain chain) {
    long pid = chain.pid().orElseThrow();
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    return pid;
  }

  private int dumpedBlock() throws Exception {
    Path state = directory.resolve("state.json");
    return Files.exists(state)
        ? new JsonObject(Files.readString(state)).getInteger("best_block_number")
        : -1;
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        if (condition.call()) {
          return;
        }
      } catch (IOException notYet) {
        // anvil is being started
      }
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private Process startInAnotherProcess(String funded) throws Exception {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    otherProcess =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    classPath,
                    Parent.class.getName(),
                    directory.toString(),
                    funded))
            .directory(new File("").getAbsoluteFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return otherProcess;
  }

  /** Reads the next line that begins with {@code >}: the log goes to the same output. */
  private static long numberPrintedBy(Process parent) throws Exception {
    var line = new StringBuilder();
    for (int c; (c = parent.getInputStream().read()) >= 0; ) {
      if (c != '\n') {
        line.append((char) c);
      } else if (line.indexOf(">") == 0) {
        return Long.parseLong(line.substring(1));
      } else {
        line.setLength(0);
      }
    }
    throw new IllegalStateException("the other process ended: " + line);
  }

  /** Runs a chain until this process is ended. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      var chain = new LocalChain(LocalChain.findAnvil(), Path.of(arguments[0]), 0);
      Runtime.getRuntime().addShutdownHook(new Thread(chain::close));
      chain.start();
      chain.fund(arguments[1]);
      System.out.println(">" + chain.pid().orElseThrow() + "\n>" + chain.port());
      // Also ends when the test that started it is gone.
      while (System.in.read() >= 0) {}
      System.exit(0);
    }
  }
}
