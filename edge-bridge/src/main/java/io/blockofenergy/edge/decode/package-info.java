/** From a sensor maker's message to quantities with units. */
package io.blockofenergy.edge.decode;
