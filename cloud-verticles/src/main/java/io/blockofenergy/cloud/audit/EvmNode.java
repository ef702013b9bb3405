package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Reads the {@code CheckpointAnchor} contract by plain Ethereum JSON-RPC, without the library and
 * the wrapper that the anchoring side uses. Methods block for up to some seconds and throw {@link
 * UnavailableException} when the node does not answer as it should. Safe for any thread.
 */
public final class EvmNode {
  /**
   * A {@code CheckpointAnchored} event.
   *
   * @param block number of the block it is in
   */
  public record AnchorEvent(long index, long treeSize, byte[] root, long block) {}

  // The first four bytes of Keccak-256 of the signature; of the event all 32.
  private static final String COUNT = "0x06661abd";
  private static final String CHECKPOINT_AT = "0xff9536db";
  private static final String INDEX_OF = "0x8e452e5c";
  private static final String TREE_SIZE_NOT_ANCHORED = "0xd55698f7";
  private static final String CHECKPOINT_ANCHORED =
      "0xafc92bb3d8a4f1c19dc065f62673c3570e19380e0b916fffdf845b828848c0b2";

  private static final int ATTEMPTS = 5;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final HexFormat HEX = HexFormat.of();

  private final URI url;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /**
   * @param rpcUrl the node's JSON-RPC over HTTP; may hold a secret, which no message repeats
   * @throws IllegalArgumentException when this is not an http or https URL with a host
   */
  public EvmNode(String rpcUrl) {
    this.url = parse(rpcUrl);
  }

  private static URI parse(String rpcUrl) {
    try {
      URI url = new URI(rpcUrl);
      if (url.getHost() != null
          && ("http".equalsIgnoreCase(url.getScheme())
              || "https".equalsIgnoreCase(url.getScheme()))) {
        return url;
      }
    } catch (URISyntaxException e) {
      // Not the cause of what follows, for it repeats the URL.
    }
    throw new IllegalArgumentException(
        "the address of the chain's node is not an http or https URL with a host");
  }

  /** Host and port of the node, which is what may be shown of its URL. */
  public String name() {
    return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
  }

  public long chainId() {
    return quantity(text(ask("eth_chainId", new JsonArray())));
  }

  /** Whether there is a contract at this address. */
  public boolean hasCode(String address) {
    String code = text(ask("eth_getCode", new JsonArray().add(address).add("latest")));
    return code.length() > 2;
  }

  /** Number of anchors in the contract. */
  public long count(String contract) {
    return word(call(contract, COUNT, 1), 0);
  }

  /** The anchor at a place in the contract's list. */
  public ChainReader.Anchor checkpointAt(String contract, long index) {
    String result = call(contract, CHECKPOINT_AT + padded(index), 2);
    return read(
        () -> new ChainReader.Anchor(word(result, 0), HEX.parseHex(result.substring(66, 130))));
  }

  /** The place of the anchor of exactly this tree size, if there is one. */
  public Optional<Long> indexOf(String contract, long treeSize) {
    JsonObject answer =
        answer("eth_call", callParameters(contract, INDEX_OF + padded(treeSize)), EvmNode::noSuch);
    return noSuch(answer) ? Optional.empty() : Optional.of(word(words(answer, 1), 0));
  }

  private static boolean noSuch(JsonObject answer) {
    return answer.getValue("error") instanceof JsonObject error
        && String.valueOf(error.getValue("data")).contains(TREE_SIZE_NOT_ANCHORED);
  }

  /**
   * The anchors that a transaction made in the contract, none if it failed; empty when the node
   * does not know a mined transaction of this hash, as many forget old ones.
   */
  public Optional<List<AnchorEvent>> anchoredIn(String contract, String transaction) {
    Object result = ask("eth_getTransactionReceipt", new JsonArray().add(transaction));
    return result == null ? Optional.empty() : Optional.of(read(() -> anchors(contract, result)));
  }

  private List<AnchorEvent> anchors(String contract, Object result) {
    List<AnchorEvent> anchors = new ArrayList<>();
    if (!(result instanceof JsonObject receipt) || receipt.getJsonArray("logs") == null) {
      throw oddAnswer();
    }
    if (!"0x1".equals(receipt.getString("status"))) {
      return anchors;
    }
    for (Object item : receipt.getJsonArray("logs")) {
      JsonObject event = (JsonObject) item;
      JsonArray topics = event.getJsonArray("topics");
      if (event.getString("address").equalsIgnoreCase(contract)
          && topics.size() == 3
          && CHECKPOINT_ANCHORED.equals(topics.getString(0))) {
        anchors.add(
            new AnchorEvent(
                word(topics.getString(1), 0),
                word(topics.getString(2), 0),
                HEX.parseHex(event.getString("data").substring(2, 66)),
                quantity(receipt.getString("blockNumber"))));
      }
    }
    return anchors;
  }

  /** What the node sends may be of any shape. */
  private <T> T read(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IndexOutOfBoundsException
        | ClassCastException
        | IllegalArgumentException
        | NullPointerException e) {
      throw oddAnswer();
    }
  }

  private static String padded(long number) {
    return String.format("%064x", number);
  }

  private long quantity(String hex) {
    return number(hex.length() > 2 ? hex.substring(2) : "-");
  }

  private long word(String data, int index) {
    return number(data.substring(2 + 64 * index, 66 + 64 * index));
  }

  private long number(String hex) {
    if (!hex.matches("[0-9a-fA-F]+")) {
      throw oddAnswer();
    }
    try {
      return new BigInteger(hex, 16).longValueExact();
    } catch (ArithmeticException e) {
      throw oddAnswer();
    }
  }

  private String call(String contract, String data, int words) {
    return words(answer("eth_call", callParameters(contract, data), answer -> false), words);
  }

  private static JsonArray callParameters(String contract, String data) {
    return new JsonArray()
        .add(new JsonObject().put("to", contract).put("data", data))
        .add("latest");
  }

  private String words(JsonObject answer, int count) {
    String result = text(answer.getValue("result"));
    if (result.length() < 2 + 64 * count) {
      throw new UnavailableException("there is no such contract on the chain");
    }
    return result;
  }

  private String text(Object result) {
    if (result instanceof String text && text.startsWith("0x")) {
      return text;
    }
    throw oddAnswer();
  }

  private UnavailableException oddAnswer() {
    return new UnavailableException("the chain's node at " + name() + " answers oddly");
  }

  /** The answer's result; null when the node says that there is none. */
  private Object ask(String method, JsonArray parameters) {
    return answer(method, parameters, answer -> false).getValue("result");
  }

  /**
   * The node's answer, which has a result or an error that says something. A node that prunes its
   * history fails at times and answers when asked again.
   */
  private JsonObject answer(
      String method, JsonArray parameters, Predicate<JsonObject> meaningfulError) {
    for (int attempt = 1; ; attempt++) {
      JsonObject answer = request(method, parameters);
      boolean failed = answer.getValue("error") != null || !answer.containsKey("result");
      if (!failed || meaningfulError.test(answer)) {
        return answer;
      }
      if (attempt == ATTEMPTS) {
        throw new UnavailableException(
            "the chain's node at "
                + name()
                + (answer.getValue("error") == null
                    ? " gives no result"
                    : " says " + answer.getValue("error"))
                + " to "
                + method);
      }
      pause(20L * attempt);
    }
  }

  private JsonObject request(String method, JsonArray parameters) {
    JsonObject question =
        new JsonObject()
            .put("jsonrpc", "2.0")
            .put("id", 1)
            .put("method", method)
            .put("params", parameters);
    // The request's own timeout would end with the headers; a body that stalls has to end too.
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(
            HttpRequest.newBuilder(url)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(question.encode()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    try {
      return new JsonObject(answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).body());
    } catch (ExecutionException | TimeoutException | DecodeException e) {
      answer.cancel(true);
      throw new UnavailableException("the chain's node at " + name() + " does not answer", e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while asking the chain", e);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while asking the chain", e);
    }
  }
}
