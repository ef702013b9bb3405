package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.util.List;

/** Looks for the cosignatures of witnesses whose keys the reader has. */
final class WitnessCheck {
  private final List<VerifierKey> witnesses;

  WitnessCheck(List<VerifierKey> witnesses) {
    this.witnesses = List.copyOf(witnesses);
  }

  /**
   * Adds a step for each witness.
   *
   * @param note whose signature by the log has been verified
   * @throws MalformedProofException when a witness has not cosigned, or what bears its name is not
   *     its signature
   */
  void check(String note, List<String> steps) {
    List<Cosignature> given = SignedNote.parse(note).cosignatures(witnesses);
    for (VerifierKey witness : witnesses) {
      Cosignature own =
          given.stream()
              .filter(each -> each.witness().equals(witness))
              .findFirst()
              .orElseThrow(
                  () ->
                      new MalformedProofException(
                          "the checkpoint is not cosigned by " + witness.name()));
      steps.add(
          "It is cosigned by the witness "
              + witness.name()
              + ", at "
              + Reading.format(own.at())
              + ".");
    }
  }
}
