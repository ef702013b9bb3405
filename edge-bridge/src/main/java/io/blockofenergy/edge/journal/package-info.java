/** Readings made durable before they are acknowledged, and cut into signed batches. */
package io.blockofenergy.edge.journal;
