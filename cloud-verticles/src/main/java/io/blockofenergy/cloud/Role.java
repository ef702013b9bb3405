package io.blockofenergy.cloud;

/** A part of the cloud that can run alone. */
enum Role {
  INGESTION,
  STORAGE,
  LEDGER,
  AUDIT,
  API
}
