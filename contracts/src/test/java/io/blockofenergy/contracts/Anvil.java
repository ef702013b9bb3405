package io.blockofenergy.contracts;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.http.HttpService;

/** A real EVM node, for the length of one test class, on a port of its own choosing. */
final class Anvil implements AutoCloseable {
  private static final Path BINARY =
      Path.of("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
  private static final Pattern LISTENING = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");

  private final Process process;
  private final HttpService http;
  private final Web3j web3j;

  Anvil() throws IOException {
    String configured = System.getenv("BOE_ANVIL");
    Path binary = configured == null ? BINARY : Path.of(configured);
    if (!Files.isExecutable(binary)) {
      throw new IllegalStateException(
          "no anvil at "
              + binary.toAbsolutePath()
              + ": run `npm ci` in contracts/, or set BOE_ANVIL to the path of one");
    }
    process =
        new ProcessBuilder(
                binary.toString(), "--host", "127.0.0.1", "--port", "0", "--accounts", "0")
            .redirectErrorStream(true)
            .start();
    http = new HttpService("http://127.0.0.1:" + awaitPort());
    web3j = Web3j.build(http);
  }

  private int awaitPort() throws IOException {
    var output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    var seen = new StringBuilder();
    for (String line; (line = output.readLine()) != null; ) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        drain(output);
        return Integer.parseInt(listening.group(1));
      }
      seen.append(line).append('\n');
    }
    throw new IllegalStateException("anvil ended before it listened:\n" + seen);
  }

  /** Anvil writes a few lines a request; unread, they would fill the pipe and stop it. */
  private static void drain(BufferedReader output) {
    var reader =
        new Thread(
            () -> {
              try (output) {
                while (output.readLine() != null) {}
              } catch (IOException ended) {
                // the process is gone
              }
            },
            "anvil-output");
    reader.setDaemon(true);
    reader.start();
  }

  Web3j web3j() {
    return web3j;
  }

  void fund(Credentials account) throws IOException {
    var request =
        new Request<Object, FundResponse>(
            "anvil_setBalance",
            List.of(account.getAddress(), "0xde0b6b3a7640000"),
            http,
            FundResponse.class);
    FundResponse response = request.send();
    if (response.hasError()) {
      throw new IllegalStateException(response.getError().getMessage());
    }
  }

  @Override
  public void close() {
    web3j.shutdown();
    process.destroyForcibly().onExit().join();
  }

  /** The answer to {@code anvil_setBalance}, which is null. */
  static final class FundResponse extends Response<Object> {}
}
