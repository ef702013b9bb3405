/**
 * From the hub's event stream to the telemetry topic: each batch's identity, signature, form and
 * sequence are checked, and what fails goes to the dead letters with the reason.
 */
package io.blockofenergy.cloud.ingestion;
