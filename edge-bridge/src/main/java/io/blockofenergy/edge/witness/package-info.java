/**
 * A witness of transparency logs, c2sp.org/tlog-witness: cosigns a log's checkpoint when it has
 * seen that the log only grew. Knows nothing of the readings that pass through this bridge.
 */
package io.blockofenergy.edge.witness;
