/** The transparency log's hashing (RFC 6962) and text formats (c2sp.org), without any storage. */
package io.blockofenergy.telemetry.log;
