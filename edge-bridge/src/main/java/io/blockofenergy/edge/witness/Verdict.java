package io.blockofenergy.edge.witness;

/** What became of a request to add a checkpoint, c2sp.org/tlog-witness, and its HTTP status. */
enum Verdict {
  /** It is consistent with what was cosigned before. */
  COSIGNED(200),
  /** The request is not of its form. */
  MALFORMED(400),
  /** The log's key did not sign it. */
  UNSIGNED(403),
  /** No log of this origin is configured. */
  UNKNOWN_LOG(404),
  /** The proof begins at another size than what was cosigned last. */
  CONFLICT(409),
  /** The log's key has signed another root for the size that was cosigned last. */
  FORKED(409),
  /** The body does not come to its end in time. */
  TOO_SLOW(408),
  /** The body is larger than any checkpoint with a proof. */
  TOO_LARGE(413),
  /** The log has rewritten its past, or the proof is wrong. */
  INCONSISTENT(422),
  /** More requests come than are answered. */
  BUSY(429),
  /** What was cosigned last cannot be read or written. */
  FAILED(500);

  private final int status;

  Verdict(int status) {
    this.status = status;
  }

  int status() {
    return status;
  }
}
