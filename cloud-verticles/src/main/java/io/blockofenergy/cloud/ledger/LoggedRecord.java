package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.util.Map;

/**
 * What an entry of the log commits to: a reading, or an act of administration.
 *
 * @param kind {@code reading} or {@code act}: the member that carries it
 * @param id public id, {@code <bridge>.<journal>.<seq>}
 * @param canonical its RFC 8785 form
 * @param reading the reading, or null
 * @param act the act's {@code kind}, or null
 */
record LoggedRecord(String kind, String id, byte[] canonical, Reading reading, String act) {
  static final String READING = "reading";
  static final String ACT = "act";

  static LoggedRecord of(Reading reading) {
    return new LoggedRecord(READING, reading.id(), reading.canonicalJson(), reading, null);
  }

  /**
   * @param canonical an act's canonical JSON, {@code boe.act.v1}
   * @throws MalformedProofException when it is none
   */
  static LoggedRecord ofAct(byte[] canonical) {
    return act(StrictJson.parse(canonical, "the act"), canonical);
  }

  /**
   * The record that {@code holder}, an object in canonical form, carries.
   *
   * @throws MalformedProofException when there is none or more than one, or it is not of its form
   * @throws io.blockofenergy.telemetry.MalformedReadingException when the reading is none
   */
  static LoggedRecord carriedBy(Map<String, Object> holder, String what) {
    if (holder.containsKey(READING) == holder.containsKey(ACT)) {
      throw new MalformedProofException(what + " carries neither just a reading nor just an act");
    }
    boolean isReading = holder.containsKey(READING);
    Map<String, Object> tree = StrictJson.object(holder, isReading ? READING : ACT, what);
    byte[] canonical = StrictJson.canonical(tree, what);
    return isReading ? of(Reading.parseCanonical(canonical)) : act(tree, canonical);
  }

  private static LoggedRecord act(Map<String, Object> tree, byte[] canonical) {
    String what = "the act";
    if (!StrictJson.member(tree, "schema", String.class, what).equals("boe.act.v1")) {
      throw new MalformedProofException("the act's schema is not boe.act.v1");
    }
    String id = StrictJson.member(tree, "id", String.class, what);
    if (!id.matches("@act\\.00000000\\.[1-9][0-9]{0,15}")) {
      throw new MalformedProofException("the act's id is not of its form");
    }
    StrictJson.member(tree, "at", String.class, what);
    String kind = StrictJson.member(tree, "kind", String.class, what);
    if (!kind.matches("[a-z-]{1,64}")) {
      throw new MalformedProofException("the act's kind is not 1 to 64 of a to z and -");
    }
    return new LoggedRecord(ACT, id, canonical, null, kind);
  }

  /** The log's entry, 32 bytes. */
  byte[] hash() {
    return Sha256.hash(canonical);
  }

  /** In plain words, to be followed by what is said of it. */
  String words() {
    return reading == null
        ? "act " + id + " (" + act + ")"
        : "reading "
            + id
            + " of "
            + reading.device()
            + ", measured at "
            + Reading.format(reading.measuredAt());
  }
}
