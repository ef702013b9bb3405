package io.blockofenergy.cloud.audit;

/** What an audit can find. */
public enum FindingType {
  /** A stored reading is not the one that the log has. */
  ALTERED,
  /** The log has a reading that is not stored. */
  DELETED,
  /** The log is not the one that was signed or anchored. */
  LOG_REWRITTEN
}
