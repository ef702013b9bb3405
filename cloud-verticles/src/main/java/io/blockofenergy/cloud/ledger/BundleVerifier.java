package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Checks bundles; see {@link ReceiptVerifier}. */
final class BundleVerifier {
  private static final String REPORT = "boe.report.v1";

  private final VerifierKey key;
  private final WitnessCheck witnesses;
  private final AnchorCheck anchors;

  BundleVerifier(VerifierKey key, WitnessCheck witnesses, AnchorCheck anchors) {
    this.key = key;
    this.witnesses = witnesses;
    this.anchors = anchors;
  }

  /** Returns what can be said of the statement when all inputs are logged. */
  ReceiptVerifier.Verdict verify(byte[] file, List<String> steps, List<String> notChecked) {
    Map<String, Object> members = StrictJson.parse(file, "the bundle");
    Bundle bundle = Bundle.parse(members);
    Checkpoint head = Checkpoint.parse(SignedNote.verify(bundle.checkpoint(), key));
    if (!head.origin().equals(key.name())) {
      throw new MalformedProofException("the checkpoint is of another log, " + head.origin());
    }
    steps.add(ReceiptVerifier.signed(head, key));
    witnesses.check(bundle.checkpoint(), steps);
    Map<String, Reading> readings = new TreeMap<>();
    for (Bundle.Input input : bundle.inputs()) {
      included(input, head);
      if (input.entry().reading() != null) {
        readings.put(input.entry().id(), input.entry().reading());
      }
      steps.add("Entry " + input.index() + " of that log is " + input.entry().words() + ".");
    }
    ReceiptVerifier.Verdict verdict = statement(bundle, readings, steps, notChecked);
    anchors.check(bundle.anchor(), head, steps, notChecked);
    FileChecksum.check(members, "");
    return verdict;
  }

  private static void included(Bundle.Input input, Checkpoint head) {
    if (!MerkleTree.verifyInclusion(
        MerkleTree.leafHash(input.entry().hash()),
        input.index(),
        head.size(),
        input.path(),
        head.root())) {
      throw new MalformedProofException(
          input.entry().kind()
              + " "
              + input.entry().id()
              + " is not at index "
              + input.index()
              + " of the log that the checkpoint commits to");
    }
  }

  private static ReceiptVerifier.Verdict statement(
      Bundle bundle, Map<String, Reading> readings, List<String> steps, List<String> notChecked) {
    Map<String, Object> statement = bundle.statement();
    String schema = StrictJson.member(statement, "schema", String.class, "the statement");
    if (schema.equals(DayStatement.SCHEMA)) {
      if (readings.size() != bundle.inputs().size()) {
        throw new MalformedProofException("the day is stated from something else than readings");
      }
      steps.addAll(DayStatement.parse(statement).verify(readings));
      notChecked.add(
          "Whether readings were left out: a later one that day, or an earlier one before it, would"
              + " change the figure, and the bundle cannot show that there is none. An audit of the"
              + " whole log can.");
      notChecked.add(ReceiptVerifier.BRIDGE_NOT_CHECKED);
      notChecked.add("Whether the meter measured rightly, and whether it is the meter you mean.");
      return ReceiptVerifier.Verdict.HOLDS;
    } else if (schema.equals(REPORT)) {
      report(statement, steps, notChecked);
      return ReceiptVerifier.Verdict.FIGURES_NOT_CHECKED;
    } else {
      throw new MalformedProofException("the statement is of a kind that is not known: " + schema);
    }
  }

  /** What a report says is not computed anew here; that its inputs are logged has been shown. */
  private static void report(
      Map<String, Object> statement, List<String> steps, List<String> notChecked) {
    if (statement.containsKey("tariffSha256")) {
      String tariff = StrictJson.member(statement, "tariffSha256", String.class, "the statement");
      if (!tariff.matches("[0-9a-f]{64}")) {
        throw new MalformedProofException("the statement's tariffSha256 is not 64 hex digits");
      }
      steps.add("The report names the tariff whose file has the SHA-256 " + tariff + ".");
      notChecked.add(
          "Whether that is the tariff that you agreed to: compare the SHA-256 of its file.");
    }
    notChecked.add(
        "The figures of the report: this program does not compute reports. It has shown that the"
            + " readings above are in the log; whether the figures follow from them is not shown.");
  }
}
