/**
 * Readings into the document store, each exactly once, and out of it again. The store is not
 * trusted: what comes back is checked, and {@link io.blockofenergy.cloud.storage.StoredReading}
 * says when it is no longer a reading.
 */
package io.blockofenergy.cloud.storage;
