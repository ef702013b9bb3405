package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node's odd answers become. */
@Timeout(30)
class EvmNodeTest {
  private static final String CONTRACT = "0x" + "ab".repeat(20);
  private static final String TRANSACTION = "0x" + "cd".repeat(32);
  private static final String OUT_OF_RANGE =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"BlockOutOfRangeError\"}}";
  private static final String NO_RESULT = "{\"jsonrpc\":\"2.0\",\"id\":1}";
  private static final List<Consumer<EvmNode>> QUESTIONS =
      List.of(
          EvmNode::chainId,
          node -> node.hasCode(CONTRACT),
          node -> node.count(CONTRACT),
          node -> node.checkpointAt(CONTRACT, 0),
          node -> node.indexOf(CONTRACT, 1),
          node -> node.anchoredIn(CONTRACT, TRANSACTION));

  private final Queue<String> answers = new ArrayDeque<>();
  private HttpServer server;
  private String url;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          // The last one for ever.
          String answer = answers.size() > 1 ? answers.remove() : answers.element();
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v3/secret";
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void anErrorOrNothingIsNoAnswer() {
    EvmNode node = new EvmNode(url);
    for (String answer : List.of(OUT_OF_RANGE, NO_RESULT, "no JSON")) {
      answers.clear();
      answers.add(answer);
      for (Consumer<EvmNode> question : QUESTIONS) {
        assertThatThrownBy(() -> question.accept(node))
            .as(answer)
            .isInstanceOf(UnavailableException.class)
            .hasMessageNotContaining("secret");
      }
    }
  }

  @Test
  void aReceiptOfAnotherShapeShowsNothing() {
    String event = "0xafc92bb3d8a4f1c19dc065f62673c3570e19380e0b916fffdf845b828848c0b2";
    String topics = "[\"" + event + "\",\"0x1\",\"0x\"]";
    for (String logs :
        List.of(
            "7", "[7]", "[{}]", "[{\"address\":\"" + CONTRACT + "\",\"topics\":" + topics + "}]")) {
      answers.clear();
      answers.add("{\"id\":1,\"result\":{\"status\":\"0x1\",\"logs\":" + logs + "}}");
      assertThatThrownBy(() -> new EvmNode(url).anchoredIn(CONTRACT, TRANSACTION))
          .as(logs)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("answers oddly");
    }
  }

  @Test
  void aPassingErrorIsAskedAgain() {
    answers.add(OUT_OF_RANGE);
    answers.add(NO_RESULT);
    answers.add("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x\"}");

    assertThat(new EvmNode(url).hasCode(CONTRACT)).isFalse();
  }

  @Test
  void anUnknownTransactionIsNotOneWithoutAnchors() {
    answers.add("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
    assertThat(new EvmNode(url).anchoredIn(CONTRACT, TRANSACTION)).isEmpty();

    answers.clear();
    answers.add(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"status\":\"0x1\",\"logs\":[],\"blockNumber\":\"0x1\"}}");
    assertThat(new EvmNode(url).anchoredIn(CONTRACT, TRANSACTION)).contains(List.of());
  }

  @Test
  void aSilentNodeIsNamedWithoutItsPath() {
    server.stop(0);

    assertThatThrownBy(() -> new EvmNode(url).chainId())
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("127.0.0.1:" + server.getAddress().getPort())
        .hasMessageNotContaining("secret");
  }

  @Test
  void anAddressThatIsNoneIsRefusedWithoutBeingRepeated() {
    for (String wrong :
        List.of("", "localhost:8545", "http://", "ftp://x/secret", "http://[secret")) {
      assertThatThrownBy(() -> new EvmNode(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageNotContaining("secret");
    }
  }
}
