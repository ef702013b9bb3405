/** REST for integrators, the log's tiles for auditors, and the live dashboard over SockJS. */
package io.blockofenergy.cloud.api;
