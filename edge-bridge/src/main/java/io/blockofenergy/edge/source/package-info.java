/** External brokers that the bridge subscribes to, each with a persistent session of its own. */
package io.blockofenergy.edge.source;
