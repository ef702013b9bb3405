/**
 * What the edge and the cloud must agree on, byte for byte: the reading and its hash, the signed
 * batch, the log's hashing and text formats, and the ways in which a process is configured and
 * watched. Knows neither side.
 */
package io.blockofenergy.telemetry;
