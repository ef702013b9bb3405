package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks a receipt as {@link Receipts} writes it, or a bundle as {@link Bundle} does, and says what
 * each step showed. Needs nothing of the server but the log's key, which must come from somewhere
 * else than the receipt. Blocks while it asks a chain. Safe for any thread.
 */
public final class ReceiptVerifier {
  /** What can be said of a file. */
  public enum Verdict {
    /** All that it states holds. */
    HOLDS,

    /** Its inputs are logged, but not all that it states could be computed from them. */
    FIGURES_NOT_CHECKED,

    /** Something does not hold. */
    FALSE
  }

  /**
   * What came out.
   *
   * @param verdict of the whole
   * @param claim what of it is shown, in a few words; empty when that is all
   * @param logged what is shown to be in the log as it stands in the file: the subject of a
   *     sentence; null when something does not hold
   * @param steps what was shown, in plain words, in order
   * @param notChecked what this check cannot show or was not asked to, in plain words
   * @param fault what does not hold, or null
   * @param reading the verified reading; null when not valid, or when it is something else
   */
  public record Result(
      Verdict verdict,
      String claim,
      String logged,
      List<String> steps,
      List<String> notChecked,
      String fault,
      Reading reading) {
    /** Whether all that the file states holds. */
    public boolean valid() {
      return verdict == Verdict.HOLDS;
    }
  }

  static final String FIRST_LINE = "c2sp.org/tlog-proof@v1";

  static final String BRIDGE_NOT_CHECKED =
      "Whether the bridge sent it so: its signature is not in the file; the audit checks that.";

  private static final Set<String> MEMBERS =
      Set.of("anchor", FileChecksum.MEMBER, LoggedRecord.READING, LoggedRecord.ACT);

  private final VerifierKey key;
  private final WitnessCheck witnesses;
  private final AnchorCheck anchors;
  private final BundleVerifier bundles;

  /** As the other constructor, without witnesses. */
  public ReceiptVerifier(VerifierKey key, EvmNode node, String contract) {
    this(key, List.of(), node, contract);
  }

  /**
   * @param key the log's
   * @param witnesses each of which must have cosigned the receipt's checkpoint
   * @param node a node of the chain to ask, or null to check without it
   * @param contract the address that the receipt's anchor must name, from a source that is trusted,
   *     in any case of letters; null to take the receipt's
   */
  public ReceiptVerifier(
      VerifierKey key, List<VerifierKey> witnesses, EvmNode node, String contract) {
    this.key = key;
    this.witnesses = new WitnessCheck(witnesses);
    this.anchors = new AnchorCheck(node, contract);
    this.bundles = new BundleVerifier(key, this.witnesses, anchors);
  }

  /**
   * Checks the bytes of a receipt or a bundle; which it is, its first bytes say.
   *
   * @throws UnavailableException when the chain was to be asked and does not answer
   */
  public Result verify(byte[] file) {
    List<String> steps = new ArrayList<>();
    List<String> notChecked = new ArrayList<>();
    try {
      if (file.length == 0) {
        throw new MalformedProofException("the file is empty");
      } else if (file[0] == '{') {
        BundleVerifier.Outcome outcome = bundles.verify(file, steps, notChecked);
        return new Result(
            outcome.verdict(),
            outcome.claim(),
            "Each of its inputs",
            steps,
            notChecked,
            null,
            null);
      }
      LoggedRecord entry = receipt(file, steps, notChecked);
      String logged = "The " + entry.kind();
      return new Result(Verdict.HOLDS, "", logged, steps, notChecked, null, entry.reading());
    } catch (MalformedProofException | MalformedReadingException e) {
      return new Result(Verdict.FALSE, "", null, steps, notChecked, e.getMessage(), null);
    }
  }

  private LoggedRecord receipt(byte[] file, List<String> steps, List<String> notChecked) {
    String text = StrictJson.text(file, "the receipt");
    if (!text.startsWith(FIRST_LINE + '\n')) {
      throw new MalformedProofException(
          "this is neither a receipt, whose first line is "
              + FIRST_LINE
              + ", nor a bundle, which begins with {");
    }
    InclusionProof proof = InclusionProof.parse(text);
    if (!Arrays.equals(proof.text().getBytes(StandardCharsets.UTF_8), file)) {
      throw new MalformedProofException("the receipt has something besides a proof in it");
    }
    if (proof.extra().length == 0) {
      throw new MalformedProofException("the receipt has no extra line, so it carries no reading");
    }
    Map<String, Object> extra = StrictJson.parse(proof.extra(), "the receipt's extra line");
    StrictJson.onlyMembers(extra, MEMBERS, "the receipt's extra line");
    LoggedRecord entry = LoggedRecord.carriedBy(extra, "the receipt");
    steps.add("The receipt carries " + entry.words() + ", in canonical form.");
    byte[] hash = entry.hash();
    steps.add("Its SHA-256 is " + HexFormat.of().formatHex(hash) + ".");
    Checkpoint head = proof.verify(hash, key);
    steps.add(signed(head, key));
    witnesses.check(proof.checkpoint(), steps);
    steps.add("The " + entry.kind() + "'s hash is entry " + proof.index() + " of that log.");
    Anchor anchor =
        extra.containsKey("anchor")
            ? Anchor.parse(StrictJson.object(extra, "anchor", "the receipt's extra line"))
            : null;
    anchors.check(anchor, head, steps, notChecked);
    FileChecksum.check(extra, afterExtra(text));
    if (entry.reading() != null) {
      notChecked.add(BRIDGE_NOT_CHECKED);
      notChecked.add(
          "Whether the sensor measured rightly, and whether it is the sensor that you mean: a"
              + " receipt shows that nothing was changed since it was logged.");
    }
    return entry;
  }

  /** What follows the extra line, the third line on. */
  static String afterExtra(String receipt) {
    return receipt.substring(receipt.indexOf('\n', FIRST_LINE.length() + 1) + 1);
  }

  static String signed(Checkpoint head, VerifierKey key) {
    return "The checkpoint of " + head.size() + " entries is signed by " + key.name() + ".";
  }
}
