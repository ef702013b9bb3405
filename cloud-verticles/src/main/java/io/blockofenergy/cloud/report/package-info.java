/**
 * What readings mean to people: energy by local days and months, what it costs, and what is odd
 * about it. Knows storage and nothing of the ledger, the audit or the API.
 */
package io.blockofenergy.cloud.report;
