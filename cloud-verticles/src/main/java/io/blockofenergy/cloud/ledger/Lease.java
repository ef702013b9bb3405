package io.blockofenergy.cloud.ledger;

import java.time.Instant;

/**
 * Who may write the log.
 *
 * @param holder name of the writer, drawn anew by each process; empty when it was given back
 * @param epoch 1, 2, 3 …: grows by one with each take-over
 * @param renewal grows with each renewal within the epoch
 * @param expiresAt when it runs out, by the holder's clock
 */
record Lease(String holder, long epoch, long renewal, Instant expiresAt) {
  Lease renewed(Instant until) {
    return new Lease(holder, epoch, renewal + 1, until);
  }
}
