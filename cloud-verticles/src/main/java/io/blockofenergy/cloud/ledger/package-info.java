/**
 * The append-only Merkle log of reading hashes (c2sp.org/tlog-tiles), its signed checkpoints, their
 * anchors on the chain, and receipts.
 */
package io.blockofenergy.cloud.ledger;
