package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.local.LocalChain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.http.HttpService;

/** A real EVM node, on a port of its own choosing, that forgets everything when it is closed. */
public final class EvmProcess implements AutoCloseable {
  private static final String LISTENING = "Listening on 127.0.0.1:";

  private final Process process;
  private final HttpService http;
  private final String rpcUrl;
  private final String fundMethod;

  private EvmProcess(String fundMethod, List<String> command) throws IOException {
    this.fundMethod = fundMethod;
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    List<String> seen = new ArrayList<>();
    String line = "";
    while (!line.startsWith(LISTENING)) {
      line = output.readLine();
      if (line == null) {
        throw new IllegalStateException("the node ended: " + seen);
      }
      seen.add(line);
    }
    rpcUrl = "http://127.0.0.1:" + line.substring(LISTENING.length()).strip();
    http = new HttpService(rpcUrl);
    var drain = new Thread(() -> output.lines().forEach(l -> {}), "evm-output");
    drain.setDaemon(true);
    drain.setUncaughtExceptionHandler((thread, ended) -> {});
    drain.start();
  }

  /** Foundry's anvil, written in Rust on revm; it mines each transaction at once. */
  public static EvmProcess anvil(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(LocalChain.findAnvil().toString(), "--port", "0"));
    command.addAll(List.of("--accounts", "0"));
    command.addAll(Arrays.asList(options));
    return new EvmProcess("anvil_setBalance", command);
  }

  /** Ganache, written in JavaScript on ethereumjs: another implementation from the ground up. */
  public static EvmProcess ganache() throws IOException {
    Path module = Path.of("../contracts/node_modules/ganache").toAbsolutePath().normalize();
    String script =
        "const s = require(process.argv[1]).server({logging: {quiet: true}, wallet:"
            + " {totalAccounts: 1}, chain: {chainId: 1337}});"
            + "s.listen(0, '127.0.0.1')"
            + ".then(() => console.log('"
            + LISTENING
            + "' + s.address().port));";
    return new EvmProcess(
        "evm_setAccountBalance", List.of("node", "-e", script, module.toString()));
  }

  public String rpcUrl() {
    return rpcUrl;
  }

  /** Gives an account 100 ether. */
  public void fund(String address) {
    rpc(fundMethod, address, "0x" + BigInteger.TEN.pow(20).toString(16));
  }

  /**
   * @return the answer's result
   */
  public Object rpc(String method, Object... parameters) {
    try {
      AnyResponse answer =
          new Request<>(method, Arrays.asList(parameters), http, AnyResponse.class).send();
      if (answer.hasError()) {
        throw new IllegalStateException(method + ": " + answer.getError().getMessage());
      }
      return answer.getResult();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  static final class AnyResponse extends Response<Object> {}
}
