package io.blockofenergy.cloud.audit;

/** What an audit can find. */
public enum FindingType {
  /** A stored reading is not the one that the log has. */
  ALTERED,
  /** The log has a reading that is not stored, and no erasure that says why. */
  DELETED,
  /** The store has a reading, or has taken a batch, that no checkpoint includes. */
  UNLOGGED,
  /** Numbers of a journal's sequence have never come. */
  MISSING,
  /** A batch is not signed by its bridge, or does not follow the one before. */
  FORGED,
  /** The log is not the one that was signed or anchored. */
  LOG_REWRITTEN,
  /** A rollup is not what the verified readings give. */
  ROLLUP_DRIFT,
  /** A witness has seen another history of the log. */
  WITNESS_REFUSED
}
