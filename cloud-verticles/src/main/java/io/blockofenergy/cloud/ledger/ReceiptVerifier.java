package io.blockofenergy.cloud.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.blockofenergy.cloud.audit.ChainReader;
import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Checks a receipt as {@link Receipts} writes it, and says what each step showed. Needs nothing of
 * the server but the log's key, which must come from somewhere else than the receipt. Blocks while
 * it asks a chain.
 */
public final class ReceiptVerifier {
  /**
   * What came out.
   *
   * @param valid whether everything that was checked holds
   * @param steps what was shown, in plain words, in order
   * @param fault what does not hold; null when valid
   * @param reading the verified reading; null when not valid
   */
  public record Result(boolean valid, List<String> steps, String fault, Reading reading) {}

  /** Where the receipt says that its checkpoint is anchored. */
  private record Anchor(
      long chainId, String contract, String transaction, Long block, long index, long treeSize) {}

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final VerifierKey key;
  private final EvmNode node;
  private final String contract;

  /**
   * @param key the log's
   * @param node a node of the chain to ask, or null to check without it
   * @param contract the address that the receipt's anchor must name, from a source that is trusted,
   *     in any case of letters; null to take the receipt's
   */
  public ReceiptVerifier(VerifierKey key, EvmNode node, String contract) {
    this.key = key;
    this.node = node;
    this.contract = contract == null ? null : contract.toLowerCase(Locale.ROOT);
  }

  /**
   * Checks the bytes of a receipt.
   *
   * @throws UnavailableException when the chain was to be asked and does not answer
   */
  public Result verify(byte[] receipt) {
    List<String> steps = new ArrayList<>();
    try {
      return new Result(true, steps, null, verify(receipt, steps));
    } catch (MalformedProofException | MalformedReadingException e) {
      return new Result(false, steps, e.getMessage(), null);
    }
  }

  private Reading verify(byte[] receipt, List<String> steps) {
    InclusionProof proof = InclusionProof.parse(text(receipt));
    if (!Arrays.equals(proof.text().getBytes(StandardCharsets.UTF_8), receipt)) {
      throw new MalformedProofException("the receipt has something besides a proof in it");
    }
    byte[] extra = proof.extra();
    String json = text(extra);
    int at = json.startsWith("{\"reading\":") ? 0 : json.indexOf(",\"reading\":{\"bridge\":");
    if (at < 0 || !json.endsWith("}")) {
      throw new MalformedProofException("the receipt carries no reading");
    }
    // Both parts must be canonical, so these bytes are the one way to write them.
    String readingJson = json.substring(at + ",\"reading\":".length(), json.length() - 1);
    Anchor anchor = at == 0 ? null : anchor(json.substring(0, at));
    Reading reading = Reading.parseCanonical(readingJson.getBytes(StandardCharsets.UTF_8));
    steps.add(
        "The receipt carries reading "
            + reading.id()
            + " of "
            + reading.device()
            + ", measured at "
            + Reading.format(reading.measuredAt())
            + ", in canonical form.");
    byte[] hash = reading.recordHash();
    steps.add("Its SHA-256 is " + hex(hash) + ".");
    Checkpoint head = proof.verify(hash, key);
    steps.add("The checkpoint of " + head.size() + " entries is signed by " + key.name() + ".");
    steps.add("The reading's hash is entry " + proof.index() + " of that log.");
    if (anchor == null) {
      steps.add("The receipt names no anchor on a chain: ask for a new one in a few seconds.");
      if (node != null || contract != null) {
        throw new MalformedProofException("the receipt names no anchor to look up on the chain");
      }
      return reading;
    }
    if (anchor.treeSize() != head.size()) {
      throw new MalformedProofException(
          "the anchor is of " + anchor.treeSize() + " entries, the checkpoint of " + head.size());
    }
    if (contract != null && !contract.equals(anchor.contract())) {
      throw new MalformedProofException(
          "the anchor is in contract " + anchor.contract() + ", not in the expected " + contract);
    }
    if (node == null) {
      steps.add(
          "Not checked: the receipt says that this checkpoint is anchored on chain "
              + anchor.chainId()
              + " in contract "
              + anchor.contract()
              + ". Give --rpc to ask the chain.");
    } else {
      checkChain(anchor, head, steps);
    }
    return reading;
  }

  private void checkChain(Anchor anchor, Checkpoint head, List<String> steps) {
    long chainId = node.chainId();
    if (chainId != anchor.chainId()) {
      throw new MalformedProofException(
          "the anchor is on chain " + anchor.chainId() + ", the node asked is of " + chainId);
    }
    if (!node.hasCode(anchor.contract())) {
      throw new MalformedProofException("there is no contract at " + anchor.contract());
    }
    Optional<Long> index = node.indexOf(anchor.contract(), anchor.treeSize());
    if (index.isEmpty()) {
      throw new MalformedProofException(
          "the contract has no checkpoint of " + anchor.treeSize() + " entries");
    }
    if (index.get() != anchor.index()) {
      throw new MalformedProofException(
          "the checkpoint stands at "
              + index.get()
              + " in the contract, the receipt says "
              + anchor.index());
    }
    ChainReader.Anchor there = node.checkpointAt(anchor.contract(), anchor.index());
    if (there.treeSize() != head.size() || !Arrays.equals(there.root(), head.root())) {
      throw new MalformedProofException(
          "the contract has root "
              + hex(there.root())
              + " for "
              + head.size()
              + " entries, the checkpoint "
              + hex(head.root()));
    }
    steps.add(
        "Contract "
            + anchor.contract()
            + " on chain "
            + chainId
            + " holds the same root for "
            + head.size()
            + " entries."
            + (contract == null
                ? " (Its address is from the receipt: compare it with the published one.)"
                : ""));
    if (anchor.transaction() == null) {
      return;
    }
    Optional<List<EvmNode.AnchorEvent>> events =
        node.anchoredIn(anchor.contract(), anchor.transaction());
    if (events.isEmpty()) {
      // Nodes forget old transactions; that the contract holds the root is what counts.
      steps.add(
          "Transaction "
              + anchor.transaction()
              + " is no longer known to this node; the contract holds the root.");
      return;
    }
    boolean anchored =
        events.get().stream()
            .anyMatch(
                event ->
                    event.index() == anchor.index()
                        && event.treeSize() == anchor.treeSize()
                        && Arrays.equals(event.root(), head.root())
                        && event.block() == anchor.block());
    if (!anchored) {
      throw new MalformedProofException(
          "transaction "
              + anchor.transaction()
              + " did not anchor this in block "
              + anchor.block());
    }
    steps.add("It was put there in block " + anchor.block() + " by " + anchor.transaction() + ".");
  }

  /**
   * @param json <code>{"anchor":{…}</code>
   */
  private static Anchor anchor(String json) {
    String prefix = "{\"anchor\":";
    if (!json.startsWith(prefix)) {
      throw new MalformedProofException("the receipt has an unknown member before the reading");
    }
    byte[] object = json.substring(prefix.length()).getBytes(StandardCharsets.UTF_8);
    Map<String, Object> members = new TreeMap<>();
    try (JsonParser parser = JSON.createParser(object)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedProofException("the receipt's anchor is not an object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (token == JsonToken.VALUE_NUMBER_INT) {
          members.put(name, parser.getLongValue());
        } else if (token == JsonToken.VALUE_STRING) {
          members.put(name, parser.getText());
        } else {
          throw new MalformedProofException("the receipt's anchor has an odd " + name);
        }
      }
    } catch (IOException e) {
      throw new MalformedProofException("the receipt's anchor is not JSON");
    }
    if (!Arrays.equals(CanonicalJson.bytes(members), object)) {
      throw new MalformedProofException("the receipt's anchor is not in canonical form");
    }
    String contract = member(members, "contract", String.class);
    boolean mined = members.containsKey("transaction") || members.containsKey("block");
    String transaction = mined ? member(members, "transaction", String.class) : null;
    if (!contract.matches("0x[0-9a-f]{40}")
        || (mined && !transaction.matches("0x[0-9a-f]{64}"))
        || members.size() != (mined ? 6 : 4)) {
      throw new MalformedProofException("the receipt's anchor is not of its form");
    }
    return new Anchor(
        member(members, "chainId", Long.class),
        contract,
        transaction,
        mined ? member(members, "block", Long.class) : null,
        member(members, "index", Long.class),
        member(members, "treeSize", Long.class));
  }

  private static <T> T member(Map<String, Object> members, String name, Class<T> type) {
    if (!type.isInstance(members.get(name))) {
      throw new MalformedProofException("the receipt's anchor lacks " + name);
    }
    return type.cast(members.get(name));
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedProofException("the receipt is not UTF-8 text");
    }
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
