/** Asks meters for what they have measured while the bridge could not hear them. */
package io.blockofenergy.edge.backfill;
