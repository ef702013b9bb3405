package io.blockofenergy.cloud.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of an answer to {@code anvil_dumpState}, from a server that gives any. */
@Timeout(30)
class LocalChainDumpTest {
  private static final String OLD = "the last state";

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch done = new CountDownLatch(1);
  private HttpServer server;
  private Path file;
  private byte[] state;
  private String whole;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
    file = Files.writeString(directory.resolve("state.json"), OLD);
    state = new byte[100_000];
    new Random(1).nextBytes(state);
    whole = answer(state);
  }

  @AfterEach
  void stop() {
    done.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void anAnswerLongerThanAJsonParserTakesIsWritten() throws IOException {
    state = new byte[12_000_000];
    new Random(2).nextBytes(state);
    whole = answer(state);
    assertThat(whole.length()).isGreaterThan(20_000_000);
    serve(whole, false);

    dump();

    assertThat(Files.readAllBytes(file)).isEqualTo(state);
    assertThat(directory.resolve("state.json.new")).doesNotExist();
  }

  @Test
  void anAnswerThatEndsTooEarlyChangesNothing() {
    for (int missing : new int[] {1, 2, 3, 4, 20, 100_000}) {
      serve(whole.substring(0, whole.length() - missing), false);

      assertThatThrownBy(this::dump).as("-%d", missing).isInstanceOf(UnavailableException.class);
      assertThat(file).hasContent(OLD);
    }
  }

  @Test
  void anAnswerThatIsNoStateChangesNothing() {
    for (String answer :
        new String[] {
          "",
          "no JSON",
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603}}",
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x\"}",
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1g\"}",
          whole.replace("0x1f8b", "0x1f8c")
        }) {
      serve(answer, false);

      assertThatThrownBy(this::dump).as(answer).isInstanceOf(UnavailableException.class);
      assertThat(file).hasContent(OLD);
    }
  }

  @Test
  void anAnswerThatStallsIsGivenUp() {
    serve(whole.substring(0, 50_000), true);

    assertThatThrownBy(() -> dump(Duration.ofMillis(300))).isInstanceOf(UnavailableException.class);
    assertThat(file).hasContent(OLD);
  }

  private void dump() {
    dump(Duration.ofSeconds(20));
  }

  private void dump(Duration timeout) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    LocalChain.dump(client, url, file, timeout);
  }

  private static String answer(byte[] state) throws IOException {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(state);
    }
    return "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x"
        + HexFormat.of().formatHex(compressed.toByteArray())
        + "\"}";
  }

  private void serve(String answer, boolean stall) {
    try {
      server.removeContext("/");
    } catch (IllegalArgumentException firstTime) {
      // nothing to remove
    }
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, 0); // in chunks
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(answer.getBytes(StandardCharsets.US_ASCII));
            body.flush();
            if (stall) {
              done.await();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
