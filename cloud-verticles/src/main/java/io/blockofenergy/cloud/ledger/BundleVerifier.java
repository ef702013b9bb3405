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
  /**
   * What can be said of a statement when all inputs are logged.
   *
   * @param claim what is shown and what is not, in a few words; empty when that is all
   */
  record Outcome(ReceiptVerifier.Verdict verdict, String claim) {}

  private final VerifierKey key;
  private final WitnessCheck witnesses;
  private final AnchorCheck anchors;

  BundleVerifier(VerifierKey key, WitnessCheck witnesses, AnchorCheck anchors) {
    this.key = key;
    this.witnesses = witnesses;
    this.anchors = anchors;
  }

  Outcome verify(byte[] file, List<String> steps, List<String> notChecked) {
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
    Outcome outcome = statement(bundle, readings, steps, notChecked);
    anchors.check(bundle.anchor(), head, steps, notChecked);
    FileChecksum.check(members, "");
    return outcome;
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

  private static Outcome statement(
      Bundle bundle, Map<String, Reading> readings, List<String> steps, List<String> notChecked) {
    Map<String, Object> statement = bundle.statement();
    String schema = StrictJson.member(statement, "schema", String.class, "the statement");
    boolean report = schema.equals(ReportStatement.SCHEMA);
    if (!report && !schema.equals(DayStatement.SCHEMA)) {
      throw new MalformedProofException("the statement is of a kind that is not known: " + schema);
    }
    String noun = report ? "report" : "day";
    if (readings.size() != bundle.inputs().size()) {
      throw new MalformedProofException(
          "the " + noun + " is stated from something else than readings");
    }
    Outcome outcome;
    if (report) {
      outcome = ReportStatement.verify(statement, readings, steps, notChecked);
    } else {
      DayStatement day = DayStatement.parse(statement);
      steps.addAll(day.verify(readings));
      outcome = new Outcome(ReceiptVerifier.Verdict.HOLDS, day.claim(readings));
    }
    notChecked.add(
        "Whether readings were left out: a later one that "
            + (report ? "period" : "day")
            + ", or an earlier one before it, would change the figure, and the bundle cannot show"
            + " that there is none. An audit of the whole log can.");
    notChecked.add(ReceiptVerifier.BRIDGE_NOT_CHECKED);
    notChecked.add("Whether the meter measured rightly, and whether it is the meter you mean.");
    return outcome;
  }
}
