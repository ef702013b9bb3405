/**
 * Compares the stored readings with the log and the log with the chain. Shares no code with the
 * ledger: an auditor that has the ledger's bug finds nothing.
 */
package io.blockofenergy.cloud.audit;
